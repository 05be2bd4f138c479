// Before anybody is signed in: the way in, and the PIN.

import { account, mustSignIn, signIn, unlock } from '../account.js';
import { Offline, Refusal } from '../api.js';
import { Button, Field } from '../controls.js';
import { refreshAll } from '../reads.js';
import { go, start } from '../router.js';
import { StorageFull } from '../store.js';
import { flush } from '../sync.js';
import { html, signal } from '../view.js';
import { chooseLanguage, LANGUAGES, say, words } from '../words.js';

/** Both languages, each in its own words. */
export function Languages() {
  return html`<div class="row" role="group" aria-label=${words.value.welcome.language}>
    ${Object.entries(LANGUAGES).map(([tag, name]) => html`<button type="button" key=${tag} class="chip" lang=${tag}
      aria-pressed=${words.value.tag === tag ? 'true' : 'false'} onClick=${() => chooseLanguage(tag)}>${name}</button>`)}
  </div>`;
}

/** @type {import('../router.js').Opener} */
export function welcome() {
  return {
    bare: true,
    title: () => words.value.welcome.title,
    view: () => {
      const w = words.value.welcome;
      return html`<div><p class="lead">${w.lead}</p>
        <${Button} label=${w.signIn} onPress=${() => go('sign-in')} />
        <${Button} label=${w.invited} quiet onPress=${() => go('enroll')} />
        <${Languages} /></div>`;
    },
  };
}

/** After signing in: everything that is kept for later is read once. */
export function arrive() {
  start('today');
  void flush().then(refreshAll);
}

/** @type {import('../router.js').Opener} */
export function signInScreen() {
  const username = signal(mustSignIn.value ? account.value?.username ?? '' : '');
  const password = signal('');
  const otp = signal('');
  const asksOtp = signal(false);
  const problem = signal('');
  const busy = signal(false);
  const submit = async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = '';
    try {
      await signIn({ username: username.value.trim(), password: password.value, ...(asksOtp.value ? { otp: otp.value } : {}) });
      arrive();
    } catch (error) {
      problem.value = signInProblem(error);
      if (error instanceof Refusal && error.code.startsWith('otp_')) asksOtp.value = true;
    } finally {
      busy.value = false;
    }
  };
  return {
    bare: true,
    isForm: true,
    title: () => words.value.signIn.title,
    view: () => {
      const w = words.value.signIn;
      return html`<form onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void submit(); }}>
        ${mustSignIn.value && account.value && html`<p class="lead">${w.keeps}</p>`}
        <${Field} label=${w.username} value=${username} most=${150} autocomplete="username" />
        <${Field} label=${words.value.common.password} value=${password} type="password" most=${256} autocomplete="current-password" />
        ${asksOtp.value && html`<${Field} label=${w.otp} value=${otp} most=${64} inputmode="numeric" autocomplete="one-time-code" />`}
        ${problem.value && html`<p class="error" role="alert">${problem.value}</p>`}
        <button class="button" aria-disabled=${busy.value ? 'true' : undefined}>${w.submit}</button>
        <p class="soft">${w.forgotten}</p>
        <${Button} label=${w.reset} quiet onPress=${() => go('reset')} />
      </form>`;
    },
  };
}

/** @param {unknown} error */
function signInProblem(error) {
  const w = words.value.signIn;
  if (error instanceof Offline) return w.offline;
  if (error instanceof StorageFull) return words.value.status.full;
  if (error instanceof DOMException) return w.noStorage;
  if (!(error instanceof Refusal)) throw error;
  if (error.code === 'otp_required') return '';
  if (error.code === 'otp_invalid') return w.otpWrong;
  if (error.code === 'not_a_patient') return w.notPatient;
  if (error.status === 429) return say(w.tooMany, { n: say(words.value.common.minutes, { n: Math.ceil(error.retryAfter / 60) || 1 }) });
  return error.status === 401 ? w.wrong : error.detail;
}

/** @type {import('../router.js').Opener} */
export function unlockScreen() {
  const pin = signal('');
  const problem = signal('');
  const isGone = signal(false);
  const submit = async () => {
    const left = await unlock(pin.value);
    pin.value = '';
    if (left === null) return arrive();
    isGone.value = left <= 0;
    problem.value = left > 0 ? say(words.value.pin.wrong, { n: left }) : '';
  };
  return {
    bare: true,
    isForm: true,
    title: () => words.value.pin.title,
    view: () => {
      const w = words.value.pin;
      if (isGone.value) {
        return html`<div><p class="lead">${w.gone}</p><${Button} label=${words.value.welcome.signIn} onPress=${() => start('welcome')} /></div>`;
      }
      return html`<form onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void submit(); }}>
        <${Field} label=${w.field} value=${pin} type="password" inputmode="numeric" most=${12} />
        ${problem.value && html`<p class="error" role="alert">${problem.value}</p>`}
        <button class="button">${w.open}</button>
      </form>`;
    },
  };
}
