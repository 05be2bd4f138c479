// Copies of what the server said, kept for when there is no connection.

import { asPerson, store } from './account.js';
import { ask, Offline, Refusal } from './api.js';
import { now } from './clock.js';
import { readPhone, writePhone } from './database.js';
import { StorageFull } from './store.js';
import { signal } from './view.js';

/** What went wrong with the last read of each path: '', 'offline', or the server's own words. */
const faults = signal(/** @type {Record<string, string>} */ ({}));

/** @param {string} path */
export const nameOf = (path) => `read/${path}`;

/**
 * Return the copy of an answer, or undefined; a screen that calls this is drawn again with the next.
 * @template T
 * @param {string} path
 * @returns {{at: string, body: T} | undefined}
 */
export function copyOf(path) {
  return store.value?.state.value.get(nameOf(path));
}

/** @param {string} path */
export function faultOf(path) {
  return faults.value[path] ?? '';
}

/**
 * Read again and keep the answer; without a connection the copy stays.
 * @param {string} path
 */
export async function refresh(path) {
  if (store.value === null) return;
  let fault = '';
  try {
    const { body } = await asPerson('GET', path === 'sessions' ? sessionsPath() : path);
    await keepCopy(path, body);
  } catch (error) {
    if (error instanceof Offline) fault = 'offline';
    else if (error instanceof Refusal) fault = error.status === 404 ? 'unknown' : error.detail || error.code;
    else throw error;
  }
  faults.value = { ...faults.value, [path]: fault };
}

/**
 * Keep what the server answered; a phone without room keeps what it had.
 * @param {string} path @param {unknown} body
 */
export async function keepCopy(path, body) {
  try {
    await store.value?.keep(nameOf(path), { at: now().toISOString(), body });
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
  }
}

/** @param {string} path */
export async function forgetCopy(path) {
  await store.value?.keep(nameOf(path), null);
}

/** What every screen may need without a connection. */
export const KEPT = ['safety-plan', 'situation-plans', 'inbox', 'targets', 'assignments?ended=true', 'sessions', 'skills', 'lessons', 'summary?days=28', 'reminders', 'medications', 'care-plan', 'availability', 'tasks', 'aftercare-plan', 'clinic', 'resources?limit=200', 'instruments'];

const FRESH = 600_000;

/**
 * Read what is not fresh, one after another: a slow connection has other things to do as well, and
 * every read of the person's own data is a line in their access log.
 */
export async function refreshAll() {
  for (const path of KEPT) {
    const at = Date.parse(copyOf(path)?.at ?? '');
    if (!(now().getTime() - at < FRESH)) await refresh(path);
  }
}

/** The sessions of the last four weeks and the next eight. */
function sessionsPath() {
  const from = new Date(now().getTime() - 28 * 86_400_000).toISOString().slice(0, 10);
  const to = new Date(now().getTime() + 56 * 86_400_000).toISOString().slice(0, 10);
  return `sessions?from=${from}&to=${to}&limit=100`;
}

/** Crisis lines belong to nobody: they are kept for whoever holds the phone. */
/** @type {import('./vendor/signals-core').Signal<import('./types').Api.ResourceOut[]>} */
export const lines = signal([]);

/**
 * Read them again, named in this language; those that answer in it come first.
 * @param {string} language
 */
export async function loadLines(language) {
  lines.value = (await readPhone('lines')) ?? [];
  try {
    const { body } = await ask('GET', `crisis-resources?language=${language}`);
    lines.value = body.results;
    await writePhone('lines', body.results);
  } catch {
    // What was kept before stays; without any, the screen has two of its own.
  }
}
