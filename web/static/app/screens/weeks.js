// My weeks: the server's sentences, one picture, and everything that was logged.

import { day, dayAfter, now } from '../clock.js';
import { AsOf, Button } from '../controls.js';
import { dayOf, describe, valueText } from '../entries.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go } from '../router.js';
import { attempt, lastSaved } from '../saving.js';
import { store } from '../account.js';
import { journal, remove } from '../sync.js';
import { html, signal } from '../view.js';
import { onDay, say, when, words } from '../words.js';

/** @typedef {import('../types').Entry} Entry */
const SUMMARY = 'summary?days=28';
const DAYS = 28;
const AT_FIRST = 30;

/** @type {import('../router.js').Opener} */
export function weeks() {
  void refresh(SUMMARY);
  const shown = signal(AT_FIRST);
  return {
    title: () => words.value.weeks.title,
    view: () => {
      const w = words.value.weeks;
      const copy = copyOf(SUMMARY);
      const entries = [...journal.value.values()].sort((a, b) => Date.parse(b.occurred_at) - Date.parse(a.occurred_at));
      return html`<div><p class="soft">${w.lead}</p>
        ${copy ? html`<${Sentences} summary=${copy.body} />` : faultOf(SUMMARY) && html`<p class="soft">${words.value.common.notLoaded}</p>`}
        ${faultOf(SUMMARY) && copy && html`<${AsOf} since=${when(copy.at)} />`}
        <${Picture} entries=${entries} />
        <${Button} label=${words.value.diaryWeek.title} quiet onPress=${() => go('diary-week')} />
        <${Button} label=${w.print} quiet onPress=${() => print()} />
        <h2>${w.list}</h2>${entries.length === 0 && html`<p class="soft">${w.empty}</p>`}
        ${entries.slice(0, shown.value).map((entry) => html`<button type="button" class="line" key=${entry.id} onClick=${() => go('entry', { id: entry.id })}>
          <span>${describe(entry)}</span><span class="soft">${when(entry.occurred_at)}${store.value?.outbox.value.has(entry.id) ? `, ${w.notSent}` : ''}</span></button>`)}
        ${entries.length > shown.value && html`<${Button} label=${words.value.common.more} quiet onPress=${() => { shown.value += AT_FIRST; }} />`}</div>`;
    },
  };
}

/**
 * The server's sentences under plain headings. What it can't say yet of the time of day is left out.
 * @param {{summary: import('../types').Api.SummaryOut}} of
 */
function Sentences({ summary }) {
  const w = words.value;
  /** @param {{text: string}} weeks */
  const compared = (weeks) => `${w.weeks.compared} ${weeks.text}`;
  const timing = [summary.craving.parts_of_day, summary.craving.weekdays].filter((one) => one.top).map((one) => one.text);
  /** @type {[string, string[]][]} */
  const parts = [
    [w.kinds.craving, [compared(summary.craving.weeks), summary.craving.trend.text, ...timing]],
    [w.kinds.mood, [compared(summary.mood.weeks), summary.mood.trend.text]],
    [w.kinds.use, [summary.use.text]],
    [w.skills.title, [summary.skills.stands_out.text, ...summary.skills.after.map((one) => one.text)]],
  ];
  return html`<div><p>${summary.logged.text}</p>
    ${parts.map(([title, lines]) => html`<section key=${title}><h2>${title}</h2>${lines.map((line) => html`<p>${line}</p>`)}</section>`)}</div>`;
}

/** The strongest craving of each day; a day without one is a gap, never a zero. */
/** @param {{entries: Entry[]}} of */
function Picture({ entries }) {
  const w = words.value.weeks;
  const first = dayAfter(day(now()), 1 - DAYS);
  /** @type {Map<string, number>} */
  const peaks = new Map();
  for (const entry of entries) {
    if (entry.kind !== 'craving') continue;
    const on = dayOf(entry);
    peaks.set(on, Math.max(peaks.get(on) ?? 0, entry.intensity));
  }
  const dots = Array.from({ length: DAYS }, (_, place) => ({ place, on: dayAfter(first, place) })).flatMap(({ place, on }) => {
    const n = peaks.get(on);
    return n === undefined ? [] : [{ place, on, n }];
  });
  if (dots.length === 0) return null;
  const told = dots.map(({ on, n }) => say(w.day, { when: onDay(on), n })).join('; ');
  return html`<figure class="plain-figure"><svg class="picture" viewBox="0 0 330 130" role="img" aria-label=${`${w.picture} ${told}`}>
    ${[0, 5, 10].map((n) => html`<g key=${n}><line x1="24" x2="326" y1=${112 - n * 10} y2=${112 - n * 10} /><text x="0" y=${116 - n * 10}>${n}</text></g>`)}
    ${dots.map(({ place, n }) => html`<circle key=${place} cx=${30 + place * 10.8} cy=${112 - n * 10} r="4" />`)}
    <text x="24" y="128">${onDay(first)}</text><text x="326" y="128" text-anchor="end">${words.value.common.today}</text></svg>
    <figcaption class="soft small">${w.picture}</figcaption></figure>`;
}

/** @type {import('../router.js').Opener} */
export function entry({ id }) {
  const sure = signal(false);
  const told = signal('');
  const take = async () => {
    const found = journal.value.get(id);
    if (!found) return;
    const outcome = await attempt(() => remove(found));
    told.value = outcome.words;
    lastSaved.value = null;
    if (outcome.isDone) back();
  };
  return {
    title: () => words.value.weeks.entryTitle,
    view: () => {
      const w = words.value.weeks;
      const found = journal.value.get(id);
      if (!found) return html`<p>${words.value.shelf.gone}</p>`;
      const hidden = ['id', 'kind', 'rev', 'seq', 'support', 'origin', 'time_zone', 'recorded_at', 'received_at', 'occurred_at', 'recall', 'clock_suspect', 'zone_suspect', 'unanswered', 'local_date', 'version', 'acknowledged_at', 'reviewed_at', 'score_note', 'share', 'discuss', 'session', 'assignment', 'completed_at', 'base_rev'];
      const names = Object.keys(found).filter((name) => !hidden.includes(name) && valueText(found[name]) !== words.value.common.none);
      return html`<div><p class="lead">${describe(found)}</p><p class="soft">${when(found.occurred_at)}</p>
        <dl>${names.map((name) => html`<div key=${name}><dt>${name.replaceAll('_', ' ')}</dt><dd>${valueText(found[name])}</dd></div>`)}
          <div><dt>${words.value.common.share}</dt><dd>${words.value.common.shares[/** @type {'private'} */ (found.share ?? 'care_team')]}</dd></div></dl>
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        <${Button} label=${w.edit} onPress=${() => go('mend', { id })} />
        ${found.kind === 'craving' && html`<${Button} label=${words.value.craving.addMore} quiet onPress=${() => go('craving-details', { id })} />`}
        ${sure.value ? html`<div class="notice warn"><p>${w.deleteLead}</p><${Button} label=${words.value.common.delete} warn onPress=${take} />
            <${Button} label=${words.value.common.keep} quiet onPress=${() => { sure.value = false; }} /></div>`
          : html`<${Button} label=${w.remove} quiet onPress=${() => { sure.value = true; }} />`}</div>`;
    },
  };
}
