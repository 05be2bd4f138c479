// Questionnaires, in their official wording, one list of answers at a time.

import { instant, now } from '../clock.js';
import { draft } from '../drafts.js';
import { newEntry, journal } from '../sync.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go, replace } from '../router.js';
import { saver } from '../save-bar.js';
import { html } from '../view.js';
import { onDay, say, words } from '../words.js';

/** @typedef {import('../types').Api.InstrumentOut} Instrument */

const LEAST_POINTS = 5;

/** @returns {Instrument[]} */
function instruments() {
  return copyOf('instruments')?.body.results ?? [];
}

/** @type {import('../router.js').Opener} */
export function measures({ origin }) {
  void refresh('instruments');
  return {
    title: () => words.value.measures.title,
    view: () => {
      const w = words.value.measures;
      if (instruments().length === 0) return html`<p>${faultOf('instruments') ? words.value.common.notLoaded : words.value.common.loading}</p>`;
      return html`<ul class="menu">${instruments().map((one) => html`<li key=${one.slug}><button type="button" class="line" onClick=${() => go('measure', { slug: one.slug, origin })}>
        <span lang="en">${one.name}</span>${lastOf(one.slug) && html`<span class="soft">${lastOf(one.slug)}</span>`}</button></li>`)}</ul>
        <p class="soft">${words.value.tag === 'en' ? '' : w.english}</p>
        ${instruments().map((one) => html`<${OverTime} key=${one.slug} of=${one} />`)}`;
    },
  };
}

/** The scores of one questionnaire, oldest first. */
/** @param {string} slug */
function scored(slug) {
  const own = [...journal.value.values()].filter((entry) => entry.kind === 'measure' && entry.instrument === slug && typeof entry.score === 'number');
  return own.sort((a, b) => Date.parse(a.occurred_at) - Date.parse(b.occurred_at));
}

/** A line over time, from five scores on: of fewer the eye makes a trend. It bears no judgement. */
/** @param {{of: Instrument}} props */
function OverTime({ of }) {
  const w = words.value.measures;
  const own = scored(of.slug);
  const [first] = own;
  const last = own.at(-1);
  if (!first || !last || own.length < LEAST_POINTS) return null;
  const most = of.items.reduce((sum, item) => sum + Math.max(...item.options.map((option) => option.value)), 0);
  const begun = Date.parse(first.occurred_at);
  const span = Math.max(1, Date.parse(last.occurred_at) - begun);
  /** @param {import('../types').Entry} entry */
  const at = (entry) => [30 + (290 * (Date.parse(entry.occurred_at) - begun)) / span, 112 - (100 * entry.score) / most];
  const told = own.map((entry) => say(w.scored, { when: onDay(entry.local_date), n: entry.score })).join('; ');
  return html`<figure class="plain-figure"><svg class="picture" viewBox="0 0 330 130" role="img" aria-label=${`${of.name}: ${told}`}>
    ${[0, most].map((n) => html`<g key=${n}><line x1="24" x2="326" y1=${112 - (100 * n) / most} y2=${112 - (100 * n) / most} /><text x="0" y=${116 - (100 * n) / most}>${n}</text></g>`)}
    <polyline points=${own.map((entry) => at(entry).join(',')).join(' ')} />
    ${own.map((entry) => html`<circle key=${entry.id} cx=${at(entry)[0]} cy=${at(entry)[1]} r="4" />`)}
    <text x="24" y="128">${onDay(first.local_date)}</text><text x="326" y="128" text-anchor="end">${onDay(last.local_date)}</text></svg>
    <figcaption class="soft small"><span lang="en">${of.name}</span></figcaption></figure>`;
}

/** @param {string} slug */
function lastOf(slug) {
  const last = scored(slug).at(-1);
  return last ? say(words.value.measures.score, { score: last.score, when: onDay(last.local_date) }) : '';
}

/** @type {import('../router.js').Opener} */
export function measure({ slug, origin }) {
  const found = instruments().find((one) => one.slug === slug);
  const kept = draft(`measure/${slug}`, { answers: /** @type {Record<string, number>} */ ({}) });
  const { answers } = kept.fields;
  const asked = () => (found?.items ?? []).filter((item) => {
    const unless = item.asked_unless;
    return !unless || answers.value[unless.item] !== unless.value;
  });
  const { bar } = saver({
    make: () => {
      const given = asked().flatMap((item) => (item.id in answers.value ? [[item.id, answers.value[item.id]]] : []));
      if (!found || given.length === 0) return null;
      return newEntry('measure', { instrument: slug, version: found.version, answers: Object.fromEntries(given), completed_at: instant(now()) }, origin);
    },
    then: async (op) => {
      await kept.clear();
      // What was answered about harming oneself is met with help at once, whatever the connection.
      if (slug === 'phq-9' && Number(op.answers.q9 ?? 0) > 0) replace('help');
      else back();
    },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => found?.name ?? words.value.measures.title,
    view: () => {
      const w = words.value.measures;
      if (!found) return html`<p>${words.value.common.notLoaded}</p>`;
      const left = asked().filter((item) => !(item.id in answers.value)).length;
      return html`<div>${words.value.tag !== 'en' && html`<p class="notice">${w.english}</p>`}
        <p class="soft">${say(w.days, { n: found.lookback_days })}</p>
        <div lang="en"><p class="lead">${found.instructions}</p>
        ${asked().map((item) => html`<fieldset class="chips" key=${item.id}><legend>${item.text}</legend>
          ${item.options.map((option) => html`<button type="button" key=${option.value} class="chip" aria-pressed=${answers.value[item.id] === option.value ? 'true' : 'false'}
            onClick=${() => { answers.value = toggled(answers.value, item.id, option.value); }}>${option.label}</button>`)}</fieldset>`)}
        <p class="soft small">${found.attribution || found.licence}</p></div>
        ${left > 0 && html`<p class="soft">${say(w.left, { n: left })}</p>`}
        ${bar(words.value.common.save)}</div>`;
    },
  };
}

/** @param {Record<string, number>} answers @param {string} item @param {number} value */
function toggled(answers, item, value) {
  const { [item]: before, ...others } = answers;
  return before === value ? others : { ...others, [item]: value };
}
