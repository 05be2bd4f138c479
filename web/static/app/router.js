// Where the person is. The address and the title never change: history tells nobody anything.

import { batch, signal } from './view.js';

/** @typedef {import('./view').VNode} VNode */
/**
 * A screen that is open: its heading, what it shows, whether something is being filled in, and
 * what happens when it is left.
 * @typedef {{title: () => string, view: () => VNode, isForm?: boolean, bare?: boolean, leave?: () => void}} Screen
 * @typedef {(params: any) => Screen} Opener
 */

/** @type {Record<string, Opener>} */
const openers = {};
export const ROOTS = ['today', 'weeks', 'skills', 'sessions', 'more'];

/** @type {import('./vendor/signals-core').Signal<{name: string, params: any, screen: Screen}[]>} */
export const stack = signal([]);
/** Which screen was just opened: the frame moves the focus to its heading. */
export const arrivals = signal(0);

/** @param {Record<string, Opener>} screens */
export function addScreens(screens) {
  Object.assign(openers, screens);
}

/** @type {() => Promise<{screens: Record<string, Opener>}>} */
let others = async () => ({ screens: {} });
/** @type {Promise<void> | null} */
let reading = null;

/**
 * Say where the screens are that are not there from the start.
 * @param {() => Promise<{screens: Record<string, Opener>}>} load
 */
export function waitFor(load) {
  others = load;
}

/** Read them, once; without a connection and without a copy of them, another try may follow. */
export function readOthers() {
  reading ??= others().then(({ screens }) => addScreens(screens)).catch(() => { reading = null; });
  return reading;
}

/**
 * Whether a screen can be opened now; one that can't is opened by `then` as soon as it was read.
 * @param {string} name @param {() => void} then
 */
function isThere(name, then) {
  if (name in openers) return true;
  void readOthers().then(() => { if (name in openers) then(); });
  return false;
}

/** Return the screen in front. */
export function front() {
  return stack.value.at(-1);
}

/** @param {string} name @param {any} params */
function opened(name, params) {
  const opener = openers[name];
  if (!opener) throw new Error(`There is no screen ${name}.`);
  return { name, params, screen: opener(params) };
}

/**
 * Open a screen on top of this one.
 * @param {string} name @param {any} [params]
 */
export function go(name, params = {}) {
  if (!isThere(name, () => go(name, params))) return;
  if (ROOTS.includes(name)) {
    start(name, params);
    return;
  }
  const next = opened(name, params);
  batch(() => {
    stack.value = [...stack.value, next];
    arrivals.value += 1;
  });
  history.pushState({ depth: stack.value.length }, '');
}

/**
 * Begin anew with one screen, with nothing to go back to.
 * @param {string} name @param {any} [params]
 */
export function start(name, params = {}) {
  if (!isThere(name, () => start(name, params))) return;
  for (const { screen } of stack.value) screen.leave?.();
  const next = opened(name, params);
  batch(() => {
    stack.value = [next];
    arrivals.value += 1;
  });
  history.replaceState({ depth: 1 }, '');
}

/**
 * Put another screen in the place of this one.
 * @param {string} name @param {any} [params]
 */
export function replace(name, params = {}) {
  if (!isThere(name, () => replace(name, params))) return;
  front()?.screen.leave?.();
  const next = opened(name, params);
  batch(() => {
    stack.value = [...stack.value.slice(0, -1), next];
    arrivals.value += 1;
  });
}

/** Go back one screen. */
export function back() {
  if (stack.value.length > 1) history.back();
  else start('today');
}

/** Listen to the phone's own way back. */
export function listen() {
  addEventListener('popstate', (event) => {
    const depth = Math.max(1, event.state?.depth ?? 1);
    const left = stack.value.slice(depth);
    if (left.length === 0) return;
    for (const { screen } of left) screen.leave?.();
    batch(() => {
      stack.value = stack.value.slice(0, depth);
      arrivals.value += 1;
    });
  });
}
