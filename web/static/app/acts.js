// Small acts, kept on the phone until the server has them: a lesson that was read, a task that is done.
//
// The server takes each again without a change: the first reading, answer and end stay.

import { asPerson, store } from './account.js';
import { Refusal } from './api.js';
import { copyOf, keepCopy, refresh } from './reads.js';
import { computed } from './view.js';

/** @typedef {import('./types').Api.TaskOut} Task */

const READS = 'lesson-reads';
const ENDS = 'task-ends';

/** How many wait to be sent. */
export const unsentActs = computed(() => [READS, ENDS].flatMap((name) => Object.keys(store.value?.state.value.get(name) ?? {})).length);

/** @param {string} slug */
export const textPath = (slug) => `lessons/${slug}`;

/**
 * Return what waits to be sent about a lesson, or undefined.
 * @param {string} slug
 * @returns {{answer: number | null} | undefined}
 */
export function unsentRead(slug) {
  return store.value?.state.value.get(READS)?.[slug];
}

/**
 * Keep that a lesson was read, and the answer where there is one; the first answer stays.
 *
 * :raises StorageFull: nothing was kept.
 * @param {string} slug @param {number | null} answer
 */
export async function keepRead(slug, answer) {
  await change(READS, (acts) => ({ ...acts, [slug]: { answer: acts[slug]?.answer ?? answer } }));
}

/** Return all tasks, as they stand with what waits; those of the care team have an owner.
 * @returns {Task[]} */
export function tasks() {
  const ended = store.value?.state.value.get(ENDS) ?? {};
  return (copyOf('tasks')?.body.results ?? []).map((/** @type {Task} */ one) => (ended[one.id] ? { ...one, done_at: ended[one.id].at } : one));
}

/**
 * Keep that a task is done.
 *
 * :raises StorageFull: nothing was kept.
 * @param {string} id @param {string} at
 */
export async function keepEnd(id, at) {
  await change(ENDS, (acts) => ({ [id]: { at }, ...acts }));
}

/**
 * Send what waits, one after another; what the server never takes is let go.
 * @param {import('./store').Store} open
 */
export async function sendActs(open) {
  for (const [slug, { answer }] of Object.entries(await actsOf(open, READS))) {
    await sent(`${textPath(slug)}/read`, answer === null ? {} : { answer });
    // What is right is told with the text, once it was answered.
    for (const path of [textPath(slug), 'lessons']) if (copyOf(path)) await refresh(path);
    // An answer that was chosen meanwhile stays, and is sent next.
    await change(READS, ({ [slug]: present, ...rest }) => (present && present.answer !== answer ? { ...rest, [slug]: present } : rest));
  }
  for (const id of Object.keys(await actsOf(open, ENDS))) {
    const done = await sent(`tasks/${id}/done`);
    const copy = copyOf('tasks')?.body;
    if (!done) await refresh('tasks');
    else if (copy) await keepCopy('tasks', { ...copy, results: copy.results.map((/** @type {Task} */ one) => (one.id === id ? done : one)) });
    await change(ENDS, ({ [id]: _, ...rest }) => rest);
  }
}

/**
 * Send one; null where the server refuses it for good.
 * @param {string} path @param {unknown} [body]
 */
async function sent(path, body) {
  try {
    return (await asPerson('POST', path, { body })).body;
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 401 || error.status === 429 || error.status >= 500) throw error;
    return null;
  }
}

/** @param {import('./store').Store} open @param {string} name @returns {Promise<Record<string, any>>} */
async function actsOf(open, name) {
  return (await open.fresh(name)) ?? {};
}

/** @param {string} name @param {(acts: Record<string, any>) => Record<string, any>} next */
async function change(name, next) {
  const open = store.value;
  await open?.write(async () => {
    const acts = next(await actsOf(open, name));
    return { change: { state: new Map([[name, Object.keys(acts).length > 0 ? acts : null]]) }, value: undefined };
  });
}
