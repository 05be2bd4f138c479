// What stands around every screen: the way back, Hide, Help, the state in words, and the places.

import { account, lock, locked, mustSignIn, store } from './account.js';
import { skew } from './clock.js';
import { Button } from './controls.js';
import { arrivals, back, front, go, replace, ROOTS, stack, start } from './router.js';
import { forgetSaved, savedText, undo } from './saving.js';
import { flush, lastTry, onShelf, refusal, support, unsent } from './sync.js';
import { isUpdateReady, useUpdate } from './update.js';
import { effect, html, signal } from './view.js';
import { say, words } from './words.js';

/** Whether a neutral page stands before everything. */
export const isHidden = signal(sessionStorage.getItem('hidden') === '1');
const blank = signal('');

/** Show the neutral page at once; what is open stays open behind it, or behind the PIN. */
export async function hide() {
  isHidden.value = true;
  blank.value = '';
  sessionStorage.setItem('hidden', '1');
  await lock();
  if (locked.value) start('unlock');
}

function show() {
  isHidden.value = false;
  sessionStorage.removeItem('hidden');
}

/** Draw the page. */
export function Page() {
  if (isHidden.value) return html`<${Neutral} />`;
  const at = front();
  if (!at) return html`<div></div>`;
  const w = words.value;
  const isBare = at.screen.bare || !account.value;
  return html`<div class="page">
    <a class="skip" href="#main" onClick=${toMain}>${w.common.skipTo}</a>
    <header class="top">
      ${stack.value.length > 1 && html`<button type="button" class="top-button" onClick=${back}>← ${w.common.back}</button>`}
      <span class="space"></span>
      <button type="button" class="top-button" onClick=${hide}>${w.common.hide}</button>
      ${at.name !== 'help' && html`<button type="button" class="top-button help" onClick=${() => go('help')}>${w.common.help}</button>`}
    </header>
    <main id="main" tabindex="-1">
      <h1 tabindex="-1">${at.screen.title()}</h1>
      <${State} />
      ${at.screen.view()}
    </main>
    ${!isBare && html`<nav class="places" aria-label=${w.nav.label}>${ROOTS.map((name) => html`
      <button type="button" key=${name} aria-current=${stack.value[0]?.name === name ? 'page' : undefined}
        onClick=${() => start(name)}>${w.nav[/** @type {'today'} */ (name)]}</button>`)}</nav>`}
  </div>`;
}

/** Say what was saved, what waits, and what stands in the way. */
function State() {
  const w = words.value.status;
  const saved = savedText();
  const trouble = troubleText();
  return html`<div class="state" role="status">
    ${saved && html`<p class="saved"><span>${saved}</span>
      <button type="button" class="link" onClick=${undo}>${words.value.common.undo}</button></p>`}
    ${trouble && html`<p>${trouble.text} ${trouble.act && html`<button type="button" class="link" onClick=${trouble.act}>${trouble.label}</button>`}</p>`}
    ${isUpdateReady() && html`<p>${w.version} <button type="button" class="link" onClick=${useUpdate}>${w.useIt}</button></p>`}
  </div>`;
}

/** Return the one thing that matters most, with what can be done about it. */
function troubleText() {
  const w = words.value.status;
  if (!store.value || front()?.screen.bare) return null;
  if (mustSignIn.value) return { text: w.signIn, act: () => go('sign-in'), label: w.signInNow };
  if (lastTry.value === 'refused') return { text: `${w.refused} ${refusal.value}`, act: flush, label: words.value.common.tryAgain };
  if (onShelf.value > 0 && front()?.name !== 'shelf') {
    return { text: say(w.shelf, { n: onShelf.value }), act: () => go('shelf'), label: w.look };
  }
  if (lastTry.value === 'offline') return { text: w.offline };
  if (unsent.value > 0 && lastTry.value === 'busy') return { text: say(w.unsent, { n: unsent.value }) };
  if (Math.abs(skew.value ?? 0) > 300_000) return { text: say(w.clock, { n: lengthText(skew.value ?? 0) }) };
  return null;
}

/** @param {number} milliseconds */
function lengthText(milliseconds) {
  const minutes = Math.round(Math.abs(milliseconds) / 60_000);
  const [unit, n] = minutes < 120 ? ['minute', minutes] : minutes < 2880 ? ['hour', Math.round(minutes / 60)] : ['day', Math.round(minutes / 1440)];
  return new Intl.NumberFormat(words.value.tag, { style: 'unit', unit, unitDisplay: 'long' }).format(Number(n));
}

/** @param {Event} event */
function toMain(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** A page for notes that keeps nothing. Its heading leads back. */
function Neutral() {
  const w = words.value.hidden;
  return html`<div class="page neutral">
    <main><h1 tabindex="-1">${w.title}</h1>
      <label class="unseen" for="blank">${w.field}</label>
      <textarea id="blank" rows="8" placeholder=${w.field} value=${blank.value} onInput=${(/** @type {Event} */ e) => { blank.value = /** @type {HTMLTextAreaElement} */ (e.target).value; }}></textarea>
      <${Button} label=${w.open} quiet onPress=${show} /></main></div>`;
}

/** Move the focus to the heading of each screen that opens, and lead to help that an answer calls for. */
export function followScreens() {
  let seen = 0;
  effect(() => {
    if (arrivals.value === seen) return;
    seen = arrivals.value;
    forgetSaved();
    requestAnimationFrame(() => {
      scrollTo(0, 0);
      document.querySelector('h1')?.focus({ preventScroll: true });
    });
  });
  effect(() => {
    if (support.value && front()?.name !== 'help') queueMicrotask(() => go('help'));
  });
  effect(() => {
    if (locked.value && front() && !front()?.screen.bare && front()?.name !== 'help') queueMicrotask(() => replace('unlock'));
  });
}
