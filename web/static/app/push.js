// Reminders by push: this browser's subscription, and the server that is to know it.

import { account, asPerson, store } from './account.js';
import { Offline, Refusal } from './api.js';
import { now } from './clock.js';
import { ability, subscription, unsubscribe } from './subscription.js';
import { signal } from './view.js';

/**
 * Whether this phone is told by push: not known yet, on, off, off because the browser forbids it,
 * possible only from the home screen (iOS), impossible in this browser, or not offered here.
 * @typedef {'unknown' | 'on' | 'off' | 'denied' | 'home' | 'impossible' | 'unoffered'} PushState
 * @type {import('./vendor/signals-core').Signal<PushState>}
 */
export const pushState = signal('unknown');

const DAY = 86_400_000;

/** Look at what is there, and tell the server again where its key or a day has passed. */
export async function followPush() {
  const able = ability();
  if (able !== 'able') {
    pushState.value = able;
    return;
  }
  if (Notification.permission === 'denied') {
    pushState.value = 'denied';
    return;
  }
  const made = await subscription();
  const told = lastTold();
  if (made === null || !told || Notification.permission !== 'granted') {
    pushState.value = 'off';
    return;
  }
  pushState.value = 'on';
  try {
    await subscribe();
  } catch (error) {
    if (!(error instanceof Offline) && !(error instanceof Refusal)) throw error;
  }
}

/**
 * Ask the person, subscribe and tell the server; a server without a key offers no push.
 * It has to follow a tap: browsers ask for nothing else.
 */
export async function allowPush() {
  if (ability() !== 'able') return;
  if ((await Notification.requestPermission()) !== 'granted') {
    pushState.value = 'denied';
    return;
  }
  try {
    await subscribe();
    pushState.value = 'on';
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
    pushState.value = 'unoffered';
  }
}

/** Subscribe with the key that is offered now, and register this browser with the server. */
async function subscribe() {
  const { body } = await asPerson('GET', 'push/web-key');
  const registration = await navigator.serviceWorker.ready;
  const key = decoded(body.public_key);
  let made = await registration.pushManager.getSubscription();
  const madeWith = made?.options.applicationServerKey;
  if (made && !(madeWith && isSame(new Uint8Array(madeWith), key))) {
    await made.unsubscribe();
    made = null;
  }
  made ??= await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = made.toJSON();
  const told = lastTold();
  const isKnown = told && told.endpoint === endpoint && told.key === body.public_key;
  if (isKnown && now().getTime() - Date.parse(told.at) < DAY) return;
  const answer = await asPerson('POST', 'devices', {
    body: { provider: 'webpush', address: endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth }, web_key: body.public_key, platform: 'web' },
  });
  await store.value?.keep('push', { at: now().toISOString(), endpoint, key: body.public_key, device: answer.body.id });
}

/**
 * Return what the server was told of this person's subscription here, and when.
 * @returns {{at: string, endpoint: string, key: string, device: string} | null | undefined}
 */
function lastTold() {
  return store.value?.state.value.get('push');
}

/** End it here and at the server; without a connection the push service tells the server later. */
export async function stopPush() {
  const told = lastTold();
  await unsubscribe();
  await store.value?.keep('push', null);
  pushState.value = 'off';
  if (!told || !account.value) return;
  try {
    await asPerson('DELETE', `devices/${told.device}`);
  } catch (error) {
    if (!(error instanceof Offline) && !(error instanceof Refusal)) throw error;
  }
}

/** @param {string} text base64url */
function decoded(text) {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

/** @param {Uint8Array} one @param {Uint8Array} other */
function isSame(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}
