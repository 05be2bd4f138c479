// A fresh proof of who somebody is, where the server asks for one.

import { asPerson } from './account.js';
import { Button, Field } from './controls.js';
import { attempt } from './saving.js';
import { html, signal } from './view.js';
import { words } from './words.js';

/**
 * Make what does a piece of work, asks for the password where it must, and does it again.
 * @param {() => Promise<unknown>} work
 */
export function proven(work) {
  const password = signal('');
  const isAsked = signal(false);
  const told = signal('');
  const act = async () => {
    const outcome = await attempt(work);
    isAsked.value = outcome.code === 'step_up_required';
    told.value = isAsked.value ? '' : outcome.words;
  };
  const prove = async () => {
    const outcome = await attempt(() => asPerson('POST', 'auth/step-up', { body: { password: password.value } }));
    password.value = '';
    told.value = outcome.words;
    if (outcome.isDone) await act();
  };
  return {
    act,
    view: () => html`<div>${isAsked.value && html`<form class="notice" onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void prove(); }}>
        <p>${words.value.rights.prove}</p><${Field} label=${words.value.common.password} value=${password} type="password" most=${256} autocomplete="current-password" />
        <${Button} label=${words.value.common.next} onPress=${prove} /></form>`}
      ${told.value && html`<p class="error" role="alert">${told.value}</p>`}</div>`,
  };
}
