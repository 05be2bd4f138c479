// What else can be logged, and its short forms.

import { Chips, Field, Select, YesNo } from '../controls.js';
import { draft } from '../drafts.js';
import { answered } from '../entries.js';
import { copyOf } from '../reads.js';
import { back, go } from '../router.js';
import { saver } from '../save-bar.js';
import { journal, newEntry } from '../sync.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

/** As the server takes them; a value is never converted. */
const UNITS = { weight: ['kg', 'lb'], blood_pressure: ['mmHg'], pulse: ['bpm'], sleep: ['h', 'min'], meals: ['meals'], movement: ['min', 'steps', 'km', 'mi'] };

/** @type {import('../router.js').Opener} */
export function log() {
  return {
    title: () => words.value.log.title,
    view: () => {
      const w = words.value.log;
      /** @type {[string, string][]} */
      const places = [['use', w.use], ['diary', w.diary], ['reading', w.reading], ['dose', w.dose], ['meeting', w.meeting], ['measures', w.measure], ['agenda', w.agenda], ['note', w.note]];
      return html`<ul class="menu">${places.map(([name, title]) => html`<li key=${name}><button type="button" class="line" onClick=${() => go(name)}>${title}</button></li>`)}</ul>`;
    },
  };
}

/** @param {string} text */
const numberOf = (text) => (text.trim() === '' ? NaN : Number(text.trim().replace(',', '.')));

/** @type {import('../router.js').Opener} */
export function reading() {
  const kept = draft('reading', { type: 'weight', value: '', diastolic: '', unit: '' });
  const { type, value, diastolic, unit } = kept.fields;
  const problem = signal('');
  const { bar } = saver({
    make: () => {
      const said = kept.read();
      const units = UNITS[/** @type {'weight'} */ (said.type)];
      const [number, lower] = [numberOf(said.value), numberOf(said.diastolic)];
      const isBad = Number.isNaN(number) || (said.diastolic.trim() !== '' && Number.isNaN(lower));
      problem.value = isBad ? words.value.reading.bad : '';
      if (isBad) return null;
      return newEntry('reading', answered({
        type: said.type, value: number, unit: units.includes(said.unit) ? said.unit : units[0],
        diastolic: said.type === 'blood_pressure' && said.diastolic.trim() ? Math.round(lower) : null,
      }));
    },
    then: async () => { await kept.clear(); back(); },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.reading.title,
    view: () => {
      const w = words.value.reading;
      const isPressure = type.value === 'blood_pressure';
      const units = UNITS[/** @type {'weight'} */ (type.value)];
      return html`<div>
        <${Select} label=${w.type} value=${type} options=${Object.entries(w.types)} />
        <${Field} label=${isPressure ? w.upper : w.value} value=${value} inputmode="decimal" most=${10} error=${problem.value} />
        ${isPressure && html`<${Field} label=${w.lower} value=${diastolic} inputmode="numeric" most=${3} />`}
        <${Select} label=${w.unit} value=${unit} options=${units.map((one) => [one, one])} />
        ${bar(words.value.common.save)}</div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function dose({ origin, name: given = '' }) {
  const kept = draft(given ? `dose/${given}` : 'dose', { name: given, taken: /** @type {boolean | null} */ (null), reason: '' });
  const { name, taken, reason } = kept.fields;
  /** @type {string[]} */
  const agreed = (copyOf('medications')?.body.results ?? []).map((/** @type {{name: string}} */ one) => one.name);
  const before = [...new Set([...agreed, ...[...journal.value.values()].filter((entry) => entry.kind === 'dose').map((entry) => String(entry.name))])].slice(0, 8);
  const chosen = signal(/** @type {string[]} */ ([]));
  const problem = signal('');
  const { bar } = saver({
    make: () => {
      const said = kept.read();
      problem.value = said.name.trim() && said.taken !== null ? '' : words.value.errors.required;
      if (problem.value) return null;
      return newEntry('dose', answered({ name: said.name, taken: said.taken, reason: said.taken ? null : said.reason }), origin);
    },
    then: async () => { await kept.clear(); back(); },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.dose.title,
    view: () => {
      const w = words.value.dose;
      return html`<div>
        ${before.length > 0 && html`<${Chips} label=${w.name} value=${chosen} onChoose=${() => { name.value = chosen.value[0] ?? ''; }} options=${before.map((one) => [one, one])} />`}
        <${Field} label=${w.name} value=${name} most=${120} error=${problem.value} />
        <${YesNo} label=${w.taken} value=${taken} />
        ${taken.value === false && html`<${Field} label=${w.reason} value=${reason} rows=${2} />`}
        ${bar(words.value.common.save)}</div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function meeting() {
  const kept = draft('meeting', { meeting_kind: ['aa'], minutes: '' });
  const { meeting_kind: kind, minutes } = kept.fields;
  const { bar } = saver({
    make: () => {
      const length = Math.round(numberOf(minutes.value));
      return newEntry('meeting', answered({ meeting_kind: kind.value[0] ?? 'other', minutes: Number.isNaN(length) ? null : length }));
    },
    then: async () => { await kept.clear(); back(); },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.meeting.title,
    view: () => html`<div>
      <${Chips} label=${words.value.meeting.kind} value=${kind} options=${Object.entries(words.value.meeting.kinds)} />
      <${Field} label=${words.value.meeting.minutes} value=${minutes} inputmode="numeric" most=${4} />
      ${bar(words.value.common.save)}</div>`,
  };
}
