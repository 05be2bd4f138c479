// Changing an entry field by field: one that was refused, or one that was logged before.

import { Chips, errorText, Field, Toggle } from '../controls.js';
import { changed } from '../entries.js';
import { back } from '../router.js';
import { saver } from '../save-bar.js';
import { journal, waiting } from '../sync.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

/** What belongs to the entry itself and is not for changing by hand. */
const FIXED = new Set(['id', 'kind', 'recorded_at', 'time_zone', 'origin', 'unanswered', 'base_rev', 'rev', 'deleted', 'assignment', 'session', 'version', 'instrument', 'completed_at', 'discuss', 'share']);

/** @type {import('../router.js').Opener} */
export function mend({ id }) {
  const item = waiting.value.find((one) => one.id === id);
  const entry = changed(item?.op ?? journal.value.get(id) ?? { id, kind: 'note' });
  const names = Object.keys(entry).filter((name) => !FIXED.has(name) && typeof entry[name] !== 'boolean' && isPlain(entry[name]));
  const fields = Object.fromEntries(names.map((name) => [name, signal(textOf(entry[name]))]));
  const share = signal([entry.share ?? 'care_team']);
  const discuss = signal(entry.discuss ? ['yes'] : []);
  const errors = item?.errors ?? [];
  const { bar } = saver({
    make: () => {
      const said = Object.fromEntries(names.map((name) => [name, valueOf(entry[name], fields[name]?.value ?? '')]));
      return changed(entry, { ...said, share: share.value[0] ?? 'care_team', discuss: discuss.value.length > 0 });
    },
    then: back,
  });
  return {
    isForm: true,
    title: () => words.value.weeks.edit,
    view: () => {
      const other = errors.filter((fault) => !names.includes(fault.field));
      return html`<div>
        ${other.length > 0 && html`<ul class="error" role="alert">${other.map((fault) => html`<li>${errorText(fault)}</li>`)}</ul>`}
        ${names.map((name) => html`<${Field} key=${name} label=${name.replaceAll('_', ' ')} value=${fields[name]}
          type=${name === 'occurred_at' ? 'datetime-local' : 'text'} rows=${isLong(name) ? 4 : undefined} most=${10_000}
          inputmode=${typeof entry[name] === 'number' ? 'decimal' : undefined} error=${errors.filter((fault) => fault.field === name).map(errorText).join(' ') || undefined} />`)}
        <${Chips} label=${words.value.common.share} value=${share} options=${Object.entries(words.value.common.shares)} />
        <${Toggle} label=${words.value.common.bring} value=${discuss} />
        ${bar(words.value.common.save)}</div>`;
    },
  };
}

/** @param {any} value */
function isPlain(value) {
  return value !== null && (typeof value !== 'object' || (Array.isArray(value) && value.every((one) => typeof one === 'string')));
}

/** @param {string} name */
const isLong = (name) => ['note', 'thought', 'before', 'after_effect', 'situation', 'agenda', 'went_well', 'barrier', 'pleasant_event', 'reason'].includes(name);

/** @param {any} value */
function textOf(value) {
  if (Array.isArray(value)) return value.join(', ');
  return /^\d{4}-\d\d-\d\dT/.test(String(value)) ? String(value).slice(0, 16) : String(value);
}

/** @param {any} before @param {string} text */
function valueOf(before, text) {
  const said = text.trim();
  if (Array.isArray(before)) return said.split(',').map((one) => one.trim()).filter(Boolean);
  if (typeof before === 'number') return said === '' ? null : Number(said.replace(',', '.'));
  // An instant keeps its seconds where nobody moved it, and always its own offset.
  if (/^\d{4}-\d\d-\d\dT/.test(String(before))) return said === before.slice(0, 16) ? before : `${said}:00${before.slice(19)}`;
  return said === '' ? null : said;
}
