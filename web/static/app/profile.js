// The own profile, as the server has it.

import { account, asPerson, store } from './account.js';
import { attempt } from './saving.js';
import { effect, signal } from './view.js';
import { words } from './words.js';

/**
 * Change the own profile, from its newest revision.
 * @param {Record<string, any>} changes @param {import('./vendor/signals-core').Signal<string>} told
 */
export async function changeMe(changes, told) {
  const outcome = await attempt(async () => {
    const { body: before } = await asPerson('GET', 'me');
    const { body } = await asPerson('PATCH', 'me', { body: changes, headers: { 'If-Match': `"${before.rev}"` } });
    const open = store.value;
    const mine = await open?.fresh('account');
    await open?.keep('account', { ...mine, user: body });
  });
  told.value = outcome.words;
}

/** Tell the server which language the person reads, so that its own sentences can follow. */
export function followLanguage() {
  let before = '';
  effect(() => {
    const tag = words.value.tag;
    const user = account.value?.user;
    if (!user || before === tag || user.language.slice(0, 2) === tag) {
      before = user ? tag : before;
      return;
    }
    before = tag;
    void changeMe({ language: tag }, signal(''));
  });
}
