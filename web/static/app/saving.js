// Saving what a screen holds, and saying in words what became of it.

import { Offline, Refusal } from './api.js';
import { store } from './account.js';
import { errorText } from './controls.js';
import { describe } from './entries.js';
import { StorageFull } from './store.js';
import { flush, isFull, remove, save, sendUnsaved } from './sync.js';
import { signal } from './view.js';
import { words } from './words.js';

/** @typedef {import('./types').Operation} Operation */

/** What was saved last, and can be taken back. */
/** @type {import('./vendor/signals-core').Signal<Operation | null>} */
export const lastSaved = signal(null);

/**
 * Save an entry and show that it is; false where the phone has no room, and it stays on the screen.
 * @param {Operation} op
 */
export async function keepEntry(op) {
  try {
    await save(op);
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
    isFull.value = true;
    return false;
  }
  isFull.value = false;
  told = 0;
  lastSaved.value = op;
  return true;
}

/** Say how the entry that was saved last stands. */
export function savedText() {
  const op = lastSaved.value;
  const w = words.value.status;
  if (op === null) return '';
  return `${describe(op)}. ${store.value?.outbox.value.has(op.id) ? w.saved : w.sent}`;
}

/** On how many screens it was told. */
let told = 0;

/** Go on to another screen: what was saved is told on the one where it was, and on the next. */
export function forgetSaved() {
  told += 1;
  if (told > 1) lastSaved.value = null;
}

/** The entry that was taken back last: a screen that still shows it begins again. */
export const undone = signal('');

/** Take back what was saved last. */
export async function undo() {
  const op = lastSaved.value;
  lastSaved.value = null;
  if (op === null) return;
  await remove(op);
  undone.value = op.id;
}

/**
 * Send what the phone has no room for, from this page's memory.
 * @param {Operation} op
 */
export async function sendNow(op) {
  await sendUnsaved(op);
  isFull.value = false;
  void flush();
}

/**
 * Ask the server for something that only it can do; return words where it was not done.
 * @param {() => Promise<unknown>} work
 * @returns {Promise<{isDone: boolean, words: string, code: string}>}
 */
export async function attempt(work) {
  try {
    await work();
    return { isDone: true, words: '', code: '' };
  } catch (error) {
    if (error instanceof Offline) return { isDone: false, words: words.value.common.needsConnection, code: 'offline' };
    if (!(error instanceof Refusal)) throw error;
    const fields = error.errors.map(errorText).join(' ');
    const known = /** @type {Record<string, string>} */ (words.value.errors)[error.code];
    return { isDone: false, words: fields || known || error.detail || error.code, code: error.code };
  }
}

