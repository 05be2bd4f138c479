// Whether this phone is told by push, and the way to change that.

import { Button } from '../controls.js';
import { allowPush, pushState, stopPush } from '../push.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

const fault = signal('');

/** @param {() => Promise<void>} work */
const press = (work) => async () => { fault.value = (await attempt(work)).words; };

/** What holds for this phone, in words, and one button. */
export function ThisPhone() {
  const w = words.value.reminders;
  const state = pushState.value;
  return html`<section class="card"><h2>${w.thisPhone}</h2><p>${w.push[state]}</p>
    ${fault.value && html`<p class="error" role="alert">${fault.value}</p>`}
    ${state === 'off' && html`<${Button} label=${w.pushAllow} onPress=${press(allowPush)} />`}
    ${state === 'on' && html`<${Button} label=${w.pushStop} quiet onPress=${press(stopPush)} />`}</section>`;
}
