// Which lessons were read, and what was answered: kept on the phone until the server has it.
//
// The server keeps the first reading and the first answer, so the same may be sent again.

import { asPerson, store } from './account.js';
import { Refusal } from './api.js';
import { copyOf, refresh } from './reads.js';

/** @typedef {Record<string, {answer: number | null}>} Unsent */

const UNSENT = 'lesson-reads';

/** @param {string} slug */
export const textPath = (slug) => `lessons/${slug}`;

/**
 * Return what waits to be sent about a lesson, or undefined.
 * @param {string} slug
 * @returns {{answer: number | null} | undefined}
 */
export function unsentRead(slug) {
  return store.value?.state.value.get(UNSENT)?.[slug];
}

/**
 * Keep that a lesson was read, and the answer where there is one; the first answer stays.
 *
 * :raises StorageFull: nothing was kept.
 * @param {string} slug @param {number | null} answer
 */
export async function keepRead(slug, answer) {
  await changeUnsent((unsent) => ({ ...unsent, [slug]: { answer: unsent[slug]?.answer ?? answer } }));
}

/**
 * Send what waits, one after another; what the server never takes is let go.
 * @param {import('./store').Store} open
 */
export async function sendReads(open) {
  for (const [slug, { answer }] of Object.entries(await unsentOf(open))) {
    try {
      await asPerson('POST', `${textPath(slug)}/read`, { body: answer === null ? {} : { answer } });
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 401 || error.status === 429 || error.status >= 500) throw error;
    }
    // What is right is told with the text, once it was answered.
    for (const path of [textPath(slug), 'lessons']) if (copyOf(path)) await refresh(path);
    // An answer that was chosen meanwhile stays, and is sent next.
    await changeUnsent(({ [slug]: present, ...rest }) => (present && present.answer !== answer ? { ...rest, [slug]: present } : rest));
  }
}

/** @param {import('./store').Store} open @returns {Promise<Unsent>} */
async function unsentOf(open) {
  return (await open.fresh(UNSENT)) ?? {};
}

/** @param {(unsent: Unsent) => Unsent} change */
async function changeUnsent(change) {
  const open = store.value;
  await open?.write(async () => {
    const next = change(await unsentOf(open));
    return { change: { state: new Map([[UNSENT, Object.keys(next).length > 0 ? next : null]]) }, value: undefined };
  });
}
