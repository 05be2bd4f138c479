// Where the person is signed in, and their password.

import { asPerson } from '../account.js';
import { Button, Field } from '../controls.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { say, when, words } from '../words.js';

const PATH = 'auth/sessions';

/** @type {import('../router.js').Opener} */
export function signIns() {
  void refresh(PATH);
  const told = signal('');
  const current = signal('');
  const fresh = signal('');
  /** @param {() => Promise<unknown>} work @param {string} [done] */
  const act = async (work, done = '') => {
    const outcome = await attempt(work);
    told.value = outcome.isDone ? done : outcome.words;
    await refresh(PATH);
  };
  const change = () => act(async () => {
    await asPerson('POST', 'auth/password', { body: { current_password: current.value, new_password: fresh.value } });
    current.value = '';
    fresh.value = '';
  }, words.value.signIns.changed);
  return {
    isForm: true,
    title: () => words.value.signIns.title,
    view: () => {
      const w = words.value.signIns;
      const all = /** @type {import('../types').Api.DeviceSessionOut[]} */ (copyOf(PATH)?.body.results ?? []);
      return html`<div>${!copyOf(PATH) && html`<p>${faultOf(PATH) ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        <p role="status">${told.value}</p>
        ${all.map((one) => html`<section class="card" key=${one.id}><h2>${one.device_name}${one.current && ` (${w.current})`}</h2>
          <p class="soft">${say(w.used, { when: when(one.last_used_at) })}</p>
          ${!one.current && html`<${Button} quiet label=${w.end} onPress=${() => act(() => asPerson('DELETE', `auth/sessions/${one.id}`))} />`}</section>`)}
        ${all.length > 1 && html`<${Button} quiet label=${w.others} onPress=${() => act(() => asPerson('POST', 'auth/sessions/revoke-others'))} />`}
        <section><h2>${w.password}</h2>
          <${Field} label=${w.currentPassword} type="password" value=${current} most=${256} autocomplete="current-password" />
          <${Field} label=${w.newPassword} type="password" value=${fresh} most=${256} autocomplete="new-password" hint=${words.value.enroll.passwordHint} />
          <${Button} label=${words.value.common.save} onPress=${change} /></section></div>`;
    },
  };
}
