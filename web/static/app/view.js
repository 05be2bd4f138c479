// Drawing: the whole page is one function of signals, drawn again when one of them changes.

import htm from './vendor/htm.js';
import { h, render } from './vendor/preact.js';
import { effect } from './vendor/signals-core.js';

export { batch, computed, effect, signal } from './vendor/signals-core.js';

/** @typedef {import('./vendor/preact').VNode} VNode */

export const html = htm.bind(h);

/**
 * Keep an element showing what a view returns.
 * @param {() => VNode} view
 * @param {Element} into
 */
export function mount(view, into) {
  effect(() => render(view(), into));
}
