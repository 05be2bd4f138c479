// The own profile, as the server has it.

import { account, asPerson, mustSignIn, store } from './account.js';
import { zone } from './clock.js';
import { attempt } from './saving.js';
import { effect, signal } from './view.js';
import { words } from './words.js';

/** Read the own profile anew. */
export async function readMe() {
  await store.value?.keep('user', (await asPerson('GET', 'me')).body);
}

/**
 * Change the own profile, from its newest revision.
 * @param {Record<string, any>} changes
 */
export async function patchMe(changes) {
  const { body: before } = await asPerson('GET', 'me');
  const { body } = await asPerson('PATCH', 'me', { body: changes, headers: { 'If-Match': `"${before.rev}"` } });
  // Apart from the tokens, which another tab may be changing at this moment.
  await store.value?.keep('user', body);
}

/**
 * Change the own profile, and say in words where it was not done.
 * @param {Record<string, any>} changes @param {import('./vendor/signals-core').Signal<string>} told
 */
export async function changeMe(changes, told) {
  const outcome = await attempt(() => patchMe(changes));
  told.value = outcome.words;
  return outcome.isDone;
}

/**
 * Tell the server which language the person reads and where the phone is, so that its sentences
 * and reminders follow. Each is told once, whatever the server makes of it.
 */
export function followPhone() {
  let told = '';
  effect(() => {
    const user = account.value?.user;
    if (!user || mustSignIn.value) return;
    const language = user.language.slice(0, 2) === words.value.tag ? {} : { language: words.value.tag };
    // Told once for each place: the server may write a zone under another of its names.
    const here = zone();
    const isTold = store.value?.state.value.get('zone') === here;
    const place = here && here !== user.time_zone && !isTold ? { time_zone: here } : {};
    const changes = { ...language, ...place };
    const wanted = user.id + JSON.stringify(changes);
    if (Object.keys(changes).length === 0 || wanted === told) return;
    told = wanted;
    void changeMe(changes, signal('')).then((isDone) => { if (isDone) void store.value?.keep('zone', here); });
  });
}
