// The diary card: one a day, whatever one likes of it, today's or until noon yesterday's.

import { account } from '../account.js';
import { day, now } from '../clock.js';
import { Field, Slider, YesNo } from '../controls.js';
import { draft } from '../drafts.js';
import { answered, changed } from '../entries.js';
import { copyOf } from '../reads.js';
import { back, replace } from '../router.js';
import { saver } from '../save-bar.js';
import { journal, newEntry } from '../sync.js';
import { html } from '../view.js';
import { say, words } from '../words.js';

/** @typedef {import('../vendor/signals-core').Signal<any>} AnySignal */

export const URGES = /** @type {const} */ (['use', 'quit_treatment', 'self_harm', 'suicide']);
const DANGERS = ['self_harm', 'suicide'];
export const EMOTIONS = /** @type {const} */ (['anger', 'fear', 'joy', 'sadness', 'shame', 'physical_misery', 'emotional_misery']);
const SPHERES = /** @type {const} */ (['mind', 'body', 'spirit', 'environment']);
const MOST_OWN = 4;

/** @param {string} date */
function cardOf(date) {
  return [...journal.value.values()].find((entry) => entry.kind === 'daily' && String(entry.date).slice(0, 10) === date);
}

/** The targets of the person's own that are watched, beside use. */
export function ownTargets() {
  /** @type {string[]} */
  const targets = copyOf('targets')?.body.targets ?? [];
  return targets.slice(0, MOST_OWN);
}

/** @type {import('../router.js').Opener} */
export function diary({ date, origin }) {
  const own = day(now(), account.value?.user.day_starts_hour);
  const of = date ?? own;
  const before = cardOf(of);
  const urges = [...URGES, ...ownTargets()];
  /** @type {Record<string, any>} */
  const initial = { sleep_hours: text(before?.sleep_hours), meals: text(before?.meals), movement_minutes: text(before?.movement_minutes) };
  for (const name of urges) {
    initial[`urge/${name}`] = before?.urges?.[name]?.peak ?? null;
    initial[`acted/${name}`] = before?.urges?.[name]?.acted ?? null;
  }
  for (const name of EMOTIONS) initial[`emotion/${name}`] = before?.emotions?.[name] ?? null;
  for (const name of SPHERES) initial[`balance/${name}`] = before?.balance?.[name] ?? null;
  for (const name of ['sleep_quality', 'medication_taken', 'supplements_taken', 'pain']) initial[name] = before?.[name] ?? null;
  for (const name of ['pleasant_event', 'barrier', 'note']) initial[name] = before?.[name] ?? '';
  const kept = draft(`diary/${of}`, initial);
  const f = /** @type {Record<string, AnySignal>} */ (kept.fields);
  const { bar } = saver({
    make: () => {
      const fields = { ...fieldsOf(kept.read(), urges), date: of };
      const saved = cardOf(of);
      return saved ? changed(saved, fields) : newEntry('daily', answered(fields), origin);
    },
    then: async (op) => {
      await kept.clear();
      if (isDanger(op)) replace('help');
      else back();
    },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => (of === own ? words.value.diary.title : words.value.diary.titleYesterday),
    view: () => {
      const w = words.value.diary;
      return html`<div><p class="lead">${w.lead}</p>
        <section><h2>${w.urges}</h2>${urges.map((name) => html`<div key=${name}>
          <${Slider} label=${urgeName(name)} value=${f[`urge/${name}`]} max=${5} ends=${w.ends} />
          ${Number(f[`urge/${name}`]?.value) > 0 && html`<${YesNo} label=${`${w.acted} (${urgeName(name)})`} value=${f[`acted/${name}`]} />`}</div>`)}</section>
        ${bar(words.value.common.save)}
        <section><h2>${w.emotions}</h2>${EMOTIONS.map((name) => html`<${Slider} key=${name} label=${w.emotion[name]} value=${f[`emotion/${name}`]} max=${5} ends=${w.ends} />`)}</section>
        <section><h2>${w.sleep}</h2><${Field} label=${w.hours} value=${f.sleep_hours} inputmode="decimal" most=${5} />
          <${Slider} label=${w.quality} value=${f.sleep_quality} max=${4} ends=${w.qualityEnds} /></section>
        <section><h2>${w.day}</h2><${YesNo} label=${w.medication} value=${f.medication_taken} /><${YesNo} label=${w.supplements} value=${f.supplements_taken} />
          <${Field} label=${w.meals} value=${f.meals} inputmode="numeric" most=${2} /><${Field} label=${w.movement} value=${f.movement_minutes} inputmode="numeric" most=${4} />
          <${Slider} label=${w.pain} value=${f.pain} max=${10} ends=${w.painEnds} /></section>
        <section><h2>${w.balance}</h2>${SPHERES.map((name) => html`<${Slider} key=${name} label=${w.sphere[name]} value=${f[`balance/${name}`]} max=${4} ends=${w.balanceEnds} />`)}</section>
        <${Field} label=${w.pleasant} value=${f.pleasant_event} rows=${2} /><${Field} label=${w.barrier} value=${f.barrier} rows=${2} />
        <${Field} label=${words.value.common.note} value=${f.note} rows=${3} most=${10_000} />
        ${bar(words.value.common.save)}</div>`;
    },
  };
}

/** @param {string} name */
function urgeName(name) {
  const w = words.value.diary;
  return /** @type {Record<string, string>} */ (w.urge)[name] ?? say(w.own, { name });
}

/** @param {any} value */
const text = (value) => (value === null || value === undefined ? '' : String(value));

/** @param {string} written */
function numberOf(written) {
  const said = written.trim().replace(',', '.');
  return said === '' || Number.isNaN(Number(said)) ? null : Number(said);
}

/** @param {Record<string, any>} read @param {string[]} urges */
function fieldsOf(read, urges) {
  /** @param {string} group @param {readonly string[]} names */
  const grouped = (group, names) => answered(Object.fromEntries(names.map((name) => [name, read[`${group}/${name}`]])));
  const felt = urges.map((name) => [name, answered({ peak: read[`urge/${name}`], acted: read[`urge/${name}`] ? read[`acted/${name}`] : null })]);
  const fields = {
    urges: answered(Object.fromEntries(felt)), emotions: grouped('emotion', EMOTIONS), balance: grouped('balance', SPHERES),
    sleep_hours: numberOf(read.sleep_hours), meals: numberOf(read.meals), movement_minutes: numberOf(read.movement_minutes),
    sleep_quality: read.sleep_quality, pain: read.pain, medication_taken: read.medication_taken, supplements_taken: read.supplements_taken,
    pleasant_event: read.pleasant_event, barrier: read.barrier, note: read.note,
  };
  // In a card that is changed, what was taken back is sent as not answered.
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, name in answered({ [name]: value }) ? value : null]));
}

/**
 * Whether help is shown at once, before the server was heard.
 * @param {Record<string, any>} op
 */
export function isDanger(op) {
  return DANGERS.some((name) => (op.urges?.[name]?.peak ?? 0) >= 1 || op.urges?.[name]?.acted === true);
}
