// What a finger or a keyboard changes: each names itself, is at least 48 px high, and can be undone.

import { html } from './view.js';
import { say, words } from './words.js';

/** @typedef {import('./view').VNode} VNode */
/**
 * @template T
 * @typedef {import('./vendor/signals-core').Signal<T>} Signal
 */

let ids = 0;
/** Return an id that nothing else has. */
export function newId() {
  ids += 1;
  return `c${ids}`;
}

/**
 * One number on a scale over the whole width, by a tap, a slide or the arrow keys.
 * @param {{label: string, value: Signal<number | null>, min?: number, max: number, ends: string[],
 *   text?: (n: number) => string, big?: boolean, onChoose?: (n: number, isFinal: boolean) => void}} of
 */
export function Slider({ label, value, min = 0, max, ends, text, big = false, onChoose }) {
  const w = words.value;
  const chosen = value.value;
  const shown = chosen ?? Math.round((min + max) / 2);
  const told = chosen === null ? w.common.notAnswered : [String(chosen), text?.(chosen)].filter(Boolean).join(', ');
  /** @param {Event} event @param {boolean} isFinal */
  const choose = (event, isFinal) => {
    const n = Number(/** @type {HTMLInputElement} */ (event.target).value);
    value.value = n;
    onChoose?.(n, isFinal);
  };
  return html`<div class=${big ? 'slider big' : 'slider'}>
    <div class="slider-head">
      <span class=${big ? 'unseen' : 'label'} aria-hidden="true">${label}</span>
      <output class=${chosen === null ? 'number unset' : 'number'} aria-hidden="true">${chosen ?? '–'}</output>
    </div>
    ${big && html`<p class="soft center" aria-hidden="true">${chosen === null ? w.craving.unset : text?.(chosen)}</p>`}
    <input type="range" min=${min} max=${max} step="1" value=${shown} aria-label=${label} aria-valuetext=${told}
      class=${chosen === null ? 'unset' : ''} onInput=${(/** @type {Event} */ e) => choose(e, false)}
      onChange=${(/** @type {Event} */ e) => choose(e, true)}
      onClick=${(/** @type {Event} */ e) => { if (value.value === null) choose(e, true); }}
      onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Enter') choose(e, true); }} />
    ${big && html`<div class="ticks soft" aria-hidden="true">${Array.from({ length: max - min + 1 }, (_, n) => html`<span key=${n}>${min + n}</span>`)}</div>`}
    <div class="ends soft" aria-hidden="true"><span>${ends[0]}</span><span>${ends[1]}</span></div>
    ${!big && chosen !== null && html`<button type="button" class="link" onClick=${() => { value.value = null; }}
      aria-label=${`${w.common.clear}: ${label}`}>${w.common.clear}</button>`}
  </div>`;
}

/**
 * A few words to tap; several where `most` is more than one.
 * @param {{label: string, options: [string, string][], value: Signal<string[]>, most?: number, hint?: string,
 *   onChoose?: () => void}} of
 */
export function Chips({ label, options, value, most = 1, hint, onChoose }) {
  /** @param {string} code */
  const toggle = (code) => {
    const chosen = value.value;
    if (chosen.includes(code)) value.value = chosen.filter((one) => one !== code);
    else if (most === 1) value.value = [code];
    else if (chosen.length < most) value.value = [...chosen, code];
    onChoose?.();
  };
  return html`<fieldset class="chips">
    <legend>${label}${hint && html` <span class="soft hint">${hint}</span>`}</legend>
    ${options.map(([code, word]) => html`<button type="button" key=${code} class="chip" onClick=${() => toggle(code)}
      aria-pressed=${value.value.includes(code) ? 'true' : 'false'}>${word}</button>`)}
  </fieldset>`;
}

/**
 * One thing that is so or not.
 * @param {{label: string, value: Signal<string[]>}} of
 */
export function Toggle({ label, value }) {
  const isOn = value.value.length > 0;
  return html`<p class="toggle"><button type="button" class="chip" aria-pressed=${isOn ? 'true' : 'false'}
    onClick=${() => { value.value = isOn ? [] : ['yes']; }}>${label}</button></p>`;
}

/**
 * Yes, no, or no answer.
 * @param {{label: string, value: Signal<boolean | null>}} of
 */
export function YesNo({ label, value }) {
  const w = words.value.common;
  /** @param {boolean} answer */
  const choose = (answer) => { value.value = value.value === answer ? null : answer; };
  return html`<fieldset class="chips">
    <legend>${label}</legend>
    <button type="button" class="chip" aria-pressed=${value.value === true ? 'true' : 'false'} onClick=${() => choose(true)}>${w.yes}</button>
    <button type="button" class="chip" aria-pressed=${value.value === false ? 'true' : 'false'} onClick=${() => choose(false)}>${w.no}</button>
  </fieldset>`;
}

/**
 * One line, or several.
 * @param {{label: string, value: Signal<string>, rows?: number, type?: string, hint?: string, most?: number,
 *   error?: string, autocomplete?: string, inputmode?: string, list?: string, onInput?: () => void}} of
 */
export function Field({ label, value, rows, type = 'text', hint, most = 2000, error, autocomplete = 'off', inputmode, list, onInput }) {
  const id = `f-${label.replace(/\W+/g, '-')}`;
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined;
  const common = {
    id, maxlength: most, autocomplete, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined,
    value: value.value, onInput: (/** @type {Event} */ event) => {
      value.value = /** @type {HTMLInputElement} */ (event.target).value;
      onInput?.();
    },
  };
  return html`<div class=${error ? 'field wrong' : 'field'}>
    <label for=${id}>${label}</label>
    ${hint && html`<p class="soft hint" id=${`${id}-hint`}>${hint}</p>`}
    ${rows ? html`<textarea ...${common} rows=${rows}></textarea>`
      : html`<input ...${common} type=${type} inputmode=${inputmode} list=${list} autocapitalize=${type === 'password' ? 'off' : undefined} spellcheck=${type === 'password' ? 'false' : undefined} />`}
    ${error && html`<p class="error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

/**
 * One of a list.
 * @param {{label: string, value: Signal<string>, options: [string, string][]}} of
 */
export function Select({ label, value, options }) {
  const id = `s-${label.replace(/\W+/g, '-')}`;
  return html`<div class="field"><label for=${id}>${label}</label>
    <select id=${id} onChange=${(/** @type {Event} */ e) => { value.value = /** @type {HTMLSelectElement} */ (e.target).value; }}>
      ${options.map(([code, word]) => html`<option key=${code} value=${code} selected=${value.value === code}>${word}</option>`)}
    </select></div>`;
}

/**
 * A button, in the size of a thumb. While its work runs it can't be pressed again.
 * @param {{label: string, onPress: () => unknown, quiet?: boolean, warn?: boolean, busy?: boolean, submit?: boolean}} of
 */
export function Button({ label, onPress, quiet = false, warn = false, busy = false }) {
  const kind = ['button', quiet ? 'quiet' : '', warn ? 'warn' : ''].filter(Boolean).join(' ');
  return html`<button type="button" class=${kind} aria-disabled=${busy ? 'true' : undefined}
    onClick=${() => { if (!busy) void onPress(); }}>${label}</button>`;
}

/**
 * What was asked of the server and not taken, field by field, in words.
 * @param {{errors: import('./types').FieldError[], detail?: string}} of
 */
export function Errors({ errors, detail }) {
  const w = words.value;
  if (errors.length === 0 && !detail) return null;
  return html`<div class="notice warn" role="alert"><p>${w.common.refused}</p>
    ${errors.length === 0 ? html`<p>${detail}</p>` : html`<ul>${errors.map((fault) => html`<li>${errorText(fault)}</li>`)}</ul>`}
  </div>`;
}

/** @param {import('./types').FieldError} fault */
export function errorText(fault) {
  const known = /** @type {Record<string, string>} */ (words.value.errors)[fault.code];
  const where = fault.field ? `${fault.field.replaceAll('_', ' ')}: ` : '';
  return where + (known ?? fault.detail);
}

/** @param {{since: string | undefined}} of */
export function AsOf({ since }) {
  return since ? html`<p class="soft small">${say(words.value.common.asOf, { when: since })}</p>` : null;
}
