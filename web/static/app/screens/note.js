// A note in the person's own words.

import { Chips, Field, Toggle } from '../controls.js';
import { draft } from '../drafts.js';
import { back } from '../router.js';
import { saver } from '../save-bar.js';
import { newEntry } from '../sync.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

/** @type {import('../router.js').Opener} */
export function note({ origin }) {
  const kept = draft('note', { note: '', share: ['care_team'], discuss: /** @type {string[]} */ ([]) });
  const { note: text, share, discuss } = kept.fields;
  const problem = signal('');
  const { bar } = saver({
    make: () => {
      problem.value = text.value.trim() ? '' : words.value.note.empty;
      if (problem.value) return null;
      return newEntry('note', { note: text.value.trim(), share: share.value[0] ?? 'care_team', discuss: discuss.value.length > 0 }, origin);
    },
    then: async () => { await kept.clear(); back(); },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.note.title,
    view: () => html`<div>
      <${Field} label=${words.value.note.field} value=${text} rows=${8} most=${10_000} error=${problem.value} />
      <${Chips} label=${words.value.common.share} value=${share} options=${Object.entries(words.value.common.shares)} />
      <${Toggle} label=${words.value.common.bring} value=${discuss} />
      ${bar(words.value.common.save)}</div>`,
  };
}
