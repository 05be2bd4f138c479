// The first run: a code, a name, what is agreed to, two times, and a place on the home screen.

import { asPerson, enroll } from '../account.js';
import { Offline, Refusal } from '../api.js';
import { zone } from '../clock.js';
import { consentText } from '../consent-texts.js';
import { Button, Errors, Field } from '../controls.js';
import { canInstall, chooseLook, install, look, LOOKS } from '../install.js';
import { followPush } from '../push.js';
import { go, replace, start } from '../router.js';
import { flush } from '../sync.js';
import { refreshAll } from '../reads.js';
import { html, signal } from '../view.js';
import { say, words } from '../words.js';
import { ThisPhone } from './this-phone.js';

/** @type {import('../router.js').Opener} */
export function enrollScreen({ code: given = '' }) {
  const step = signal(given ? 'name' : 'code');
  const code = signal(given);
  const username = signal('');
  const password = signal('');
  const consent = signal(/** @type {import('../consent-texts.js').ConsentText | null} */ (null));
  const errors = signal(/** @type {import('../types').FieldError[]} */ ([]));
  const problem = signal('');
  const busy = signal(false);

  const read = async () => {
    problem.value = '';
    try {
      consent.value = await consentText('treatment');
      step.value = 'consent';
    } catch (error) {
      if (!(error instanceof Offline) && !(error instanceof Refusal)) throw error;
      problem.value = error instanceof Offline ? words.value.common.needsConnection : error.detail;
    }
  };
  const agree = async () => {
    if (consent.value === null) return;
    const { version, language } = consent.value;
    busy.value = true;
    problem.value = '';
    try {
      await enroll({
        invite_code: code.value.trim(), username: username.value.trim(), password: password.value, time_zone: zone(),
        consent: { version, language, agreed: true },
      });
      void flush().then(refreshAll);
      replace('check-in-times');
    } catch (error) {
      busy.value = false;
      if (error instanceof Refusal && error.code === 'consent_version') await readAgain();
      else refused(error);
    }
  };
  /** Another text is in force since this one was read: it is shown, and nothing that was typed is lost. */
  const readAgain = async () => {
    await read();
    problem.value ||= words.value.errors.consent_version;
    scrollTo(0, 0);
  };
  /** @param {unknown} error */
  const refused = (error) => {
    const w = words.value;
    if (error instanceof Offline) problem.value = w.common.needsConnection;
    else if (error instanceof Refusal) {
      errors.value = error.errors;
      problem.value = /** @type {Record<string, string>} */ (w.errors)[error.code] ?? error.detail;
      step.value = error.code === 'invite_invalid' ? 'code' : 'name';
    } else throw error;
  };

  /** @type {Record<string, () => import('../view.js').VNode>} */
  const steps = {
    code: () => {
      const w = words.value.enroll;
      return html`<form onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); if (code.value.trim()) step.value = 'name'; }}>
        <${Field} label=${w.code} value=${code} most=${64} hint=${w.codeHint} />
        <${Errors} errors=${errors.value} detail=${problem.value} />
        <button class="button">${words.value.common.next}</button></form>`;
    },
    name: () => {
      const w = words.value.enroll;
      return html`<form onSubmit=${(/** @type {Event} */ e) => { e.preventDefault(); void read(); }}>
        <${Field} label=${w.username} value=${username} most=${150} hint=${w.usernameHint} autocomplete="username" />
        <${Field} label=${w.password} value=${password} type="password" most=${256} hint=${w.passwordHint} autocomplete="new-password" />
        <${Errors} errors=${errors.value} detail=${problem.value} />
        <button class="button">${words.value.common.next}</button></form>`;
    },
    consent: () => {
      const w = words.value.enroll;
      return html`<div>${problem.value && html`<p class="notice warn" role="alert">${problem.value}</p>`}
        <p class="soft small">${say(w.consentVersion, { version: consent.value?.version ?? '' })}</p>
        <div lang=${consent.value?.language}>${consent.value?.text.map((part) => html`<p class="part">${part}</p>`)}</div>
        <${Button} label=${w.agree} busy=${busy.value} onPress=${agree} />
        <${Button} label=${w.decline} quiet onPress=${() => { step.value = 'declined'; }} /></div>`;
    },
    declined: () => html`<div><p class="lead">${words.value.enroll.declined}</p>
      <${Button} label=${words.value.common.back} quiet onPress=${() => { step.value = 'consent'; }} /></div>`,
  };
  return {
    bare: true,
    isForm: true,
    title: () => {
      const w = words.value.enroll;
      return { code: w.codeTitle, name: w.nameTitle, consent: w.consentTitle, declined: w.consentTitle }[step.value] ?? '';
    },
    view: () => html`<div>${steps[step.value]?.()}</div>`,
  };
}

/** @type {import('../router.js').Opener} */
export function checkInTimes() {
  const morning = signal('09:00');
  const evening = signal('19:00');
  const problem = signal('');
  const plan = async () => {
    const times = [morning.value, evening.value].filter(Boolean).sort();
    try {
      await asPerson('POST', 'reminders', { body: { purpose: 'checkin', times, skip_if_logged: true } });
      // Only who chose a time is asked whether this phone may tell them.
      replace('home-screen', { hasTimes: true });
    } catch (error) {
      if (error instanceof Offline) problem.value = words.value.common.needsConnection;
      else if (error instanceof Refusal) problem.value = error.errors.map((fault) => fault.detail).join(' ') || error.detail;
      else throw error;
    }
  };
  return {
    bare: true,
    isForm: true,
    title: () => words.value.enroll.timesTitle,
    view: () => {
      const w = words.value.enroll;
      return html`<div><p class="lead">${w.timesLead}</p>
        <${Field} label=${w.morning} value=${morning} type="time" /><${Field} label=${w.evening} value=${evening} type="time" />
        ${problem.value && html`<p class="error" role="alert">${problem.value}</p>`}
        <${Button} label=${words.value.common.save} onPress=${plan} />
        <${Button} label=${w.noTimes} quiet onPress=${() => replace('home-screen')} /></div>`;
    },
  };
}

/** Choose the name under which the phone shows it. */
export function Looks() {
  return html`<fieldset class="chips"><legend>${words.value.enroll.lookLabel}</legend>
    ${Object.entries(LOOKS).map(([code, name]) => html`<button type="button" key=${code} class="chip"
      aria-pressed=${look.value === code ? 'true' : 'false'} onClick=${() => chooseLook(code)}>${name}</button>`)}</fieldset>`;
}

/** How to put it on the home screen, by the phone's own means. */
export function HomeScreenSteps() {
  const w = words.value.enroll;
  return html`<div>
    ${canInstall.value && html`<${Button} label=${w.install} onPress=${install} />`}
    <h2>${w.onIos}</h2><ol class="steps">${w.ios.map((line) => html`<li>${line}</li>`)}</ol>
    <h2>${w.onAndroid}</h2><ol class="steps">${w.android.map((line) => html`<li>${line}</li>`)}</ol></div>`;
}

/** @type {import('../router.js').Opener} */
export function homeScreen({ hasTimes = false } = {}) {
  if (hasTimes) void followPush();
  return {
    bare: true,
    title: () => words.value.enroll.homeTitle,
    view: () => html`<div><p class="lead">${words.value.enroll.homeLead}</p><${Looks} /><${HomeScreenSteps} />
      ${hasTimes && html`<${ThisPhone} />`}
      <${Button} label=${words.value.enroll.start} onPress=${() => start('today')} />
      <${Button} label=${words.value.help.write} quiet onPress=${() => { start('today'); go('plan'); }} /></div>`,
  };
}
