// What set a craving off, where and with whom: any time after it was saved.

import { Chips, Field, Toggle } from '../controls.js';
import { draft } from '../drafts.js';
import { answered, changed, skillName, skills } from '../entries.js';
import { copyOf } from '../reads.js';
import { back } from '../router.js';
import { saver } from '../save-bar.js';
import { journal } from '../sync.js';
import { html } from '../view.js';
import { wordFor, words } from '../words.js';

const BODY = ['hungry', 'angry', 'lonely', 'tired', 'pain', 'bored', 'withdrawal'];

/** @type {import('../router.js').Opener} */
export function cravingDetails({ id }) {
  const entry = journal.value.get(id);
  const kept = draft(`craving/${id}`, {
    triggers: entry?.triggers ?? [], place: entry?.place ?? '', company: entry?.company ? [entry.company] : [], thought: entry?.thought ?? '',
    skills: entry?.skills ?? [], note: entry?.note ?? '', discuss: entry?.discuss ? ['yes'] : [],
  });
  const { triggers, place, company, thought, skills: tried, note, discuss } = kept.fields;
  const { bar } = saver({
    make: () => {
      const saved = journal.value.get(id);
      if (!saved) return null;
      const { discuss: bring, company: with_, ...said } = kept.read();
      return changed(saved, { ...answered({ ...said, company: with_[0] }), discuss: bring.length > 0 });
    },
    then: async () => { await kept.clear(); back(); },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.craving.details,
    view: () => {
      const w = words.value.craving;
      const offered = copyOf('targets')?.body.offered.triggers ?? [];
      const all = [...new Set([...Object.keys(w.triggers), ...offered])];
      /** @param {string[]} codes */
      const named = (codes) => codes.map((code) => [code, wordFor(w.triggers, code)]);
      const mine = skills().filter((skill) => skill.assigned || skill.taught).slice(0, 12);
      return html`<div>
        <${Chips} label=${w.body} hint=${w.triggersHint} value=${triggers} most=${3} options=${named(BODY)} />
        <${Chips} label=${w.situation} value=${triggers} most=${3} options=${named(all.filter((code) => !BODY.includes(code)))} />
        <${Field} label=${w.place} value=${place} most=${120} />
        <${Chips} label=${w.company} value=${company} options=${Object.entries(w.companies)} />
        <${Field} label=${w.thought} value=${thought} rows=${3} />
        ${mine.length > 0 && html`<${Chips} label=${w.skills} value=${tried} most=${10} options=${mine.map((skill) => [skill.slug, skillName(skill.slug)])} />`}
        <${Field} label=${words.value.common.note} value=${note} rows=${3} most=${10_000} />
        <${Toggle} label=${words.value.common.bring} value=${discuss} />
        ${bar(words.value.common.save)}</div>`;
    },
  };
}
