// A forgotten password, by a code that comes by mail.

import { ask } from '../api.js';
import { Button, Field } from '../controls.js';
import { replace } from '../router.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';

/** @type {import('../router.js').Opener} */
export function reset() {
  const username = signal('');
  const code = signal('');
  const password = signal('');
  const isAsked = signal(false);
  const told = signal('');
  const askForCode = async () => {
    const outcome = await attempt(() => ask('POST', 'auth/password/reset', { body: { username: username.value.trim() } }));
    told.value = outcome.words;
    isAsked.value = outcome.isDone;
  };
  const setPassword = async () => {
    const body = { code: code.value, new_password: password.value };
    const outcome = await attempt(() => ask('POST', 'auth/password/reset/confirm', { body }));
    if (outcome.isDone) replace('sign-in');
    told.value = outcome.words;
  };
  return {
    bare: true,
    isForm: true,
    title: () => words.value.signIn.reset,
    view: () => {
      const w = words.value.signIn;
      return html`<div>
        <${Field} label=${w.username} value=${username} most=${150} autocomplete="username" />
        <${Button} label=${words.value.common.next} quiet=${isAsked.value} onPress=${askForCode} />
        ${isAsked.value && html`<div><p>${w.resetSent}</p>
          <${Field} label=${w.resetCode} value=${code} most=${64} />
          <${Field} label=${w.newPassword} value=${password} type="password" most=${256} autocomplete="new-password" hint=${words.value.enroll.passwordHint} />
          <${Button} label=${words.value.common.save} onPress=${setPassword} /></div>`}
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
      </div>`;
    },
  };
}
