// Who is signed in on this phone: their tokens, their store, and the way out.

import { ask, Offline, Refusal } from './api.js';
import { deletePerson, openPerson, readPhone, writePhone } from './database.js';
import { openStore, Store } from './store.js';
import { unsubscribe } from './subscription.js';
import { openWithPin } from './vault.js';
import { batch, computed, signal } from './view.js';

/** @typedef {import('./types').Account} Account */

/** @type {import('./vendor/signals-core').Signal<Store | null>} */
export const store = signal(null);
/** The database of whoever has to give their PIN first. */
/** @type {import('./vendor/signals-core').Signal<{person: string, database: import('./database').Database} | null>} */
export const locked = signal(null);
/** Whether the server no longer takes this phone's tokens: what waits is kept. */
export const mustSignIn = signal(false);
/** @type {import('./vendor/signals-core').ReadonlySignal<Account | null>} */
export const account = computed(() => {
  const state = store.value?.state.value;
  const kept = state?.get('account');
  return kept ? { ...kept, user: state?.get('user') ?? kept.user } : null;
});

/** Other tabs of the client: they are told when somebody signed out here. */
export const tabs = new BroadcastChannel('between');

/** The access token is only ever in this page's memory. */
let access = { token: '', until: 0 };

/** Open what the last person has on this phone, if anybody. */
export async function resume() {
  const person = await readPhone('person');
  if (!person) return;
  const opened = await openStore(person);
  if ('database' in opened) locked.value = { person, database: opened.database };
  else use(opened.store);
}

/** @param {Store} opened */
function use(opened) {
  access = { token: '', until: 0 };
  batch(() => {
    store.value = opened;
    locked.value = null;
    // A store without an account was emptied by the browser, or never filled.
    mustSignIn.value = !opened.state.value.get('account')?.refresh;
  });
}

/**
 * Try a PIN; return how many tries are left, or null once it is open.
 * @param {string} pin
 */
export async function unlock(pin) {
  const behind = locked.value;
  if (behind === null) return null;
  const opened = await openWithPin(behind.database, pin);
  if ('left' in opened) {
    if (opened.left <= 0) await wipe(behind.person, behind.database);
    return opened.left;
  }
  const found = new Store(behind.person, behind.database, opened.key);
  await found.reload();
  use(found);
  return null;
}

/** Close the store behind its PIN again. */
export async function lock() {
  const open = store.value;
  if (!open?.state.value.get('pin')) return;
  const database = await openPerson(open.person);
  open.close();
  access = { token: '', until: 0 };
  batch(() => {
    store.value = null;
    locked.value = { person: open.person, database };
  });
}

/**
 * Sign in with a name and a password, and a code where one is asked for.
 * @param {{username: string, password: string, otp?: string}} proof
 */
export async function signIn(proof) {
  const earlier = account.value?.refresh;
  const { body } = await ask('POST', 'auth/token', {
    body: { ...proof, device_name: deviceName(), ...(earlier ? { earlier_refresh: earlier } : {}) },
  });
  await begin(body);
}

/**
 * Use an invitation.
 * @param {{invite_code: string, username: string, password: string, time_zone: string, consent: {version: string, language: string, agreed: boolean}}} chosen
 */
export async function enroll(chosen) {
  const { body } = await ask('POST', 'auth/enroll', { body: { ...chosen, device_name: deviceName() } });
  await begin(body);
}

/** @param {import('./types').Api.SignedInOut} told */
async function begin(told) {
  if (told.user.role !== 'patient') {
    await ask('POST', 'auth/logout', { token: told.access });
    throw new Refusal(403, { code: 'not_a_patient' }, 0);
  }
  const mine = store.value?.person === told.user.id ? store.value : await reopened(told.user.id);
  await mine.keep('account', {
    id: told.user.id, username: told.user.username, refresh: told.refresh,
    sessionId: told.session_id, user: told.user,
  });
  await mine.keep('user', told.user);
  // What a former person of this phone was to be told, nobody else is.
  if ((await readPhone('person')) !== told.user.id) await unsubscribe();
  await writePhone('person', told.user.id);
  use(mine);
  access = { token: told.access, until: Date.parse(told.access_expires_at) };
}

/**
 * Open the store of somebody who proved who they are. What another person left stays theirs, under
 * their own key; a PIN that its owner can't give now is answered by deleting what it guards.
 * @param {string} person
 */
async function reopened(person) {
  store.value?.close();
  const opened = await openStore(person);
  if ('store' in opened) return opened.store;
  opened.database.close();
  await deletePerson(person);
  const fresh = await openStore(person);
  if ('store' in fresh) return fresh.store;
  throw new Error('A new store has no PIN.');
}

/** Return a token that is good for a while yet, asking for a new pair where it is not. */
export async function accessToken() {
  if (access.token && access.until - Date.now() > 30_000) return access.token;
  return renew(access.token);
}

/**
 * Exchange the refresh token, one tab after another.
 * @param {string} refused the access token that did not do
 */
export function renew(refused) {
  return navigator.locks.request('between-token', async () => {
    if (access.token && access.token !== refused && access.until > Date.now()) return access.token;
    const open = store.value;
    /** @type {Account | undefined} */
    const mine = await open?.fresh('account');
    if (!open || !mine?.refresh) throw signInFirst();
    try {
      const { body } = await ask('POST', 'auth/token/refresh', { body: { refresh: mine.refresh } });
      await open.keep('account', { ...mine, refresh: body.refresh });
      access = { token: body.access, until: Date.now() + lifetimeOf(body.access_expires_at) };
      return access.token;
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) throw signInFirst();
      throw error;
    }
  });
}

/** @param {string} expires */
function lifetimeOf(expires) {
  // A wrong clock must not make a token look dead or immortal.
  const left = Date.parse(expires) - Date.now();
  return left > 0 && left < 3_600_000 ? left : 240_000;
}

function signInFirst() {
  mustSignIn.value = true;
  return new Refusal(401, { code: 'sign_in_first' }, 0);
}

/**
 * Ask as the person who is signed in; a token that ended meanwhile is renewed once.
 * @param {string} method @param {string} path @param {import('./api').Sent} [sent]
 */
export async function asPerson(method, path, sent = {}) {
  const token = await accessToken();
  try {
    return await ask(method, path, { ...sent, token });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
    return ask(method, path, { ...sent, token: await renew(token) });
  }
}

/** End the sign-in, and delete everything of this person from the phone, the key first of all. */
export async function signOut() {
  const open = store.value;
  if (open === null) return;
  try {
    await asPerson('POST', 'auth/logout');
  } catch (error) {
    // Without a connection the sign-in ends by itself; another device can end it before.
    if (!(error instanceof Offline) && !(error instanceof Refusal)) throw error;
  }
  await wipe(open.person, open.database);
}

/** @param {string} person @param {import('./database').Database} database */
async function wipe(person, database) {
  await database.delete('key', 'data');
  await unsubscribe();
  store.value?.close();
  database.close();
  access = { token: '', until: 0 };
  await writePhone('person', '');
  batch(() => {
    store.value = null;
    locked.value = null;
    mustSignIn.value = false;
  });
  tabs.postMessage('signed-out');
  await deletePerson(person);
}

/** Return what the list of sign-ins calls this phone. */
function deviceName() {
  const agent = navigator.userAgent;
  const kind = ['iPhone', 'iPad', 'Android', 'Windows', 'Macintosh', 'Linux'].find((name) => agent.includes(name));
  return `${kind === 'Macintosh' ? 'Mac' : kind ?? 'Phone'}, web app`;
}
