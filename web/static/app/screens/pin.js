// The PIN of this phone.

import { store } from '../account.js';
import { Button, Field } from '../controls.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

/** @type {import('../router.js').Opener} */
export function pin() {
  const fresh = signal('');
  const told = signal('');
  const busy = signal(false);
  /** @param {string | null} chosen */
  const use = async (chosen) => {
    const open = store.value;
    if (open === null) return;
    busy.value = true;
    await open.keep('pin', chosen !== null);
    await open.reseal(chosen);
    fresh.value = '';
    told.value = words.value.pin.changed;
    busy.value = false;
  };
  const set = () => {
    if (/^\d{4,12}$/.test(fresh.value)) return use(fresh.value);
    told.value = words.value.pin.short;
    return undefined;
  };
  return {
    isForm: true,
    title: () => words.value.pin.settings,
    view: () => {
      const w = words.value.pin;
      const isSet = Boolean(store.value?.state.value.get('pin'));
      return html`<div><p class="lead">${w.lead}</p><p class="soft">${w.limits}</p><p class="soft">${w.tenTries}</p>
        <p><b>${isSet ? w.isSet : w.isNot}</b></p>
        <${Field} label=${w.fresh} value=${fresh} type="password" inputmode="numeric" most=${12} autocomplete="new-password" />
        <p role="status">${told.value}</p>
        <${Button} label=${w.set} busy=${busy.value} onPress=${set} />
        ${isSet && html`<${Button} quiet label=${w.removeIt} busy=${busy.value} onPress=${() => use(null)} />`}</div>`;
    },
  };
}
