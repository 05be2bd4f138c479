// Entries in words, and entries as they are sent again after a change.

import { copyOf } from './reads.js';
import { say, wordFor, words } from './words.js';

/** @typedef {import('./types').Entry} Entry */
/** @typedef {import('./types').Operation} Operation */

/** What the server notes of an entry; nobody sends it. */
const SERVER_FIELDS = new Set([
  'rev', 'seq', 'received_at', 'recall', 'local_date', 'clock_suspect', 'zone_suspect', 'reviewed_at',
  'acknowledged_at', 'support', 'skills_code', 'score', 'severity', 'score_note', 'subscales', 'base_rev',
]);

/**
 * Write an entry with changed fields: always whole, since what is left out is taken back.
 * @param {Entry | Operation} entry @param {Record<string, any>} [changes]
 * @returns {Operation}
 */
export function changed(entry, changes = {}) {
  const own = Object.entries(entry).filter(([name]) => !SERVER_FIELDS.has(name));
  return /** @type {Operation} */ ({ ...Object.fromEntries(own), ...changes });
}

/**
 * Leave out what was not answered: a field that is missing was not asked.
 * @param {Record<string, any>} fields
 */
export function answered(fields) {
  const given = Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]);
  return Object.fromEntries(given.filter(([, value]) => !isEmpty(value)));
}

/** @param {any} value */
function isEmpty(value) {
  if (value === null || value === undefined || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/**
 * Say in a line what an entry says.
 * @param {Entry | Operation} entry
 */
export function describe(entry) {
  const w = words.value;
  const kind = /** @type {Record<string, string>} */ (w.kinds)[entry.kind] ?? entry.kind;
  const rest = details[entry.kind]?.(entry) ?? '';
  return rest ? `${kind}: ${rest}` : kind;
}

/** @type {Record<string, (entry: Record<string, any>) => string>} */
const details = {
  craving: (entry) => {
    const after = entry.intensity_after === null || entry.intensity_after === undefined ? '' : ` → ${entry.intensity_after}`;
    return `${entry.target} ${entry.intensity}${after} / 10`;
  },
  mood: (entry) => {
    const w = words.value.mood;
    const labels = (entry.labels ?? []).map((/** @type {string} */ label) => wordFor(w.words, label));
    return [w.degrees[entry.valence + 3], ...labels].join(', ');
  },
  skill_practice: (entry) => skillName(entry.skill),
  situation_plans: (entry) => entry.plans.map((/** @type {{situation: string}} */ plan) => plan.situation).join(', '),
  daily: (entry) => String(entry.date ?? ''),
  use: (entry) => [entry.substance, [entry.amount, entry.unit].filter(Boolean).join(' ')].filter(Boolean).join(', '),
  pre_session: (entry) => short(entry.agenda),
  measure: (entry) => String(entry.instrument).toUpperCase(),
  dose: (entry) => `${entry.name}, ${entry.taken ? words.value.common.yes : words.value.common.no}`,
  reading: (entry) => {
    const lower = entry.diastolic ? `/${entry.diastolic}` : '';
    return `${wordFor(words.value.reading.types, entry.type)} ${entry.value}${lower} ${entry.unit}`;
  },
  meeting: (entry) => wordFor(words.value.meeting.kinds, entry.meeting_kind),
  note: (entry) => short(entry.note),
};

/** @param {string | null | undefined} text */
function short(text) {
  const line = (text ?? '').replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** What was ever given as homework, the newest first.
 * @returns {import('./types').Api.AssignmentOut[]} */
export function homework() {
  return copyOf('assignments?ended=true')?.body.results ?? [];
}

/** @returns {import('./types').Api.SkillOut[]} */
export function skills() {
  return copyOf('skills')?.body.results ?? [];
}

/** @param {string} slug */
export function skillName(slug) {
  return skills().find((skill) => skill.slug === slug)?.name ?? slug.replaceAll('-', ' ');
}

/**
 * Return the day that an entry stands on.
 * @param {Entry | Operation} entry
 */
export function dayOf(entry) {
  return String(entry.date ?? entry.local_date ?? entry.occurred_at).slice(0, 10);
}

/**
 * Say how one field of two versions reads, for whoever has to choose.
 * @param {any} value
 * @returns {string}
 */
export function valueText(value) {
  const w = words.value.common;
  if (isEmpty(value)) return w.none;
  if (typeof value === 'boolean') return value ? w.yes : w.no;
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value === 'object') {
    return Object.entries(value).map(([name, one]) => `${name.replaceAll('_', ' ')} ${valueText(one)}`).join(', ');
  }
  return say(String(value));
}
