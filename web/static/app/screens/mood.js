// A mood: one slide, and words for whoever has them.

import { Chips, Field, Slider } from '../controls.js';
import { draft } from '../drafts.js';
import { answered } from '../entries.js';
import { back } from '../router.js';
import { saver } from '../save-bar.js';
import { newEntry } from '../sync.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

/** Shown at first; the others after a tap. */
const COMMON = ['calm', 'content', 'hopeful', 'anxious', 'sad', 'angry', 'lonely', 'ashamed', 'stressed', 'drained'];

/** @type {import('../router.js').Opener} */
export function mood({ origin }) {
  const kept = draft('mood', {
    valence: /** @type {number | null} */ (null), energy: /** @type {number | null} */ (null),
    labels: /** @type {string[]} */ ([]), associations: /** @type {string[]} */ ([]), note: '',
  });
  const { valence, energy, labels, associations, note } = kept.fields;
  const isOpen = signal(false);
  const { bar } = saver({
    make: () => (valence.value === null ? null : newEntry('mood', answered(kept.read()), origin)),
    then: async () => { await kept.clear(); back(); },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.mood.title,
    view: () => {
      const w = words.value.mood;
      const shown = Object.entries(w.words).filter(([code]) => isOpen.value || COMMON.includes(code));
      return html`<div>
        <${Slider} big label=${w.title} value=${valence} min=${-3} max=${3} ends=${w.ends} text=${(/** @type {number} */ n) => w.degrees[n + 3] ?? ''} />
        ${valence.value !== null && html`<div>${bar(words.value.common.save)}
          <${Slider} label=${w.energy} value=${energy} min=${-3} max=${3} ends=${w.energyEnds} text=${(/** @type {number} */ n) => w.energies[n + 3] ?? ''} />
          <${Chips} label=${w.labels} value=${labels} most=${38} options=${shown} />
          ${!isOpen.value && html`<button type="button" class="link" onClick=${() => { isOpen.value = true; }}>${w.moreWords}</button>`}
          <${Chips} label=${w.associations} value=${associations} most=${18} options=${Object.entries(w.about)} />
          <${Field} label=${words.value.common.note} value=${note} rows=${3} most=${10_000} />
          ${bar(words.value.common.save)}</div>`}
      </div>`;
    },
  };
}
