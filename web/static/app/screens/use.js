// A return to use: thanks first, safety second, and everything else only if one likes.

import { Button, Chips, Field, Toggle, YesNo } from '../controls.js';
import { draft } from '../drafts.js';
import { answered } from '../entries.js';
import { copyOf } from '../reads.js';
import { back, go } from '../router.js';
import { saver } from '../save-bar.js';
import { journal, newEntry } from '../sync.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

function substances() {
  const used = [...journal.value.values()].map((entry) => (entry.kind === 'use' ? entry.substance : entry.target)).filter(Boolean);
  const told = copyOf('targets')?.body;
  return [...new Set([...(told?.targets ?? []), ...used, ...(told?.offered.targets ?? []), 'alcohol'])].slice(0, 6);
}

/** @type {import('../router.js').Opener} */
export function use({ origin }) {
  const kept = draft('use', {
    substance: /** @type {string[]} */ ([]), other: '', amount: '', unit: '', alone: /** @type {boolean | null} */ (null), before: '', after_effect: '',
    approximate: /** @type {string[]} */ ([]), safe_now: /** @type {boolean | null} */ (null), overdose_signs: /** @type {boolean | null} */ (null), seizure_signs: /** @type {boolean | null} */ (null),
  });
  const f = kept.fields;
  const known = substances();
  const problem = signal('');
  const isUnsafe = () => f.safe_now.value === false || f.overdose_signs.value === true || f.seizure_signs.value === true;
  const { bar } = saver({
    make: () => {
      const said = kept.read();
      const substance = (said.substance[0] || said.other).trim();
      problem.value = substance ? '' : words.value.errors.required;
      if (!substance) return null;
      const amount = Number(said.amount.replace(',', '.'));
      return newEntry('use', answered({
        substance, amount: said.amount.trim() && !Number.isNaN(amount) ? amount : null, unit: said.unit, alone: said.alone, before: said.before, after_effect: said.after_effect,
        approximate: said.approximate.length > 0 ? true : null,
        safety_check: answered({ safe_now: said.safe_now, overdose_signs: said.overdose_signs, seizure_signs: said.seizure_signs }),
      }), origin);
    },
    then: async () => {
      const wasUnsafe = isUnsafe();
      await kept.clear();
      back();
      if (wasUnsafe) setTimeout(() => go('help'), 50);
    },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.use.title,
    view: () => {
      const w = words.value.use;
      return html`<div><p class="lead">${w.thanks}</p>
        <${YesNo} label=${w.safe} value=${f.safe_now} />
        <${YesNo} label=${w.signs.overdose_signs} value=${f.overdose_signs} /><${YesNo} label=${w.signs.seizure_signs} value=${f.seizure_signs} />
        ${isUnsafe() && html`<div class="notice warn" role="alert"><p>${w.unsafe}</p><${Button} label=${words.value.common.help} warn onPress=${() => go('help')} />
          <a class="button warn" href="tel:911">911</a></div>`}
        <${Chips} label=${w.substance} value=${f.substance} options=${[...known.map((name) => [name, name]), ['', words.value.craving.other]]} />
        ${f.substance.value[0] === '' && html`<${Field} label=${words.value.craving.otherField} value=${f.other} most=${60} />`}
        ${problem.value && html`<p class="error" role="alert">${problem.value}</p>`}
        ${bar(words.value.common.save)}
        <p class="soft">${w.optionalLead}</p>
        <${Field} label=${w.amount} value=${f.amount} inputmode="decimal" most=${10} /><${Field} label=${w.unit} value=${f.unit} most=${30} />
        <${YesNo} label=${w.alone} value=${f.alone} />
        <${Field} label=${w.before} value=${f.before} rows=${3} /><${Field} label=${w.after} value=${f.after_effect} rows=${3} />
        <${Toggle} label=${w.approximate} value=${f.approximate} />
        ${bar(words.value.common.save)}</div>`;
    },
  };
}
