// The key of one person's database, and the PIN that may stand before it.

import { importKey, keyOfPin, newKey, ROUNDS, sealBytes, unsealBytes } from './seal.js';

/** @typedef {import('./database').Database} Database */
/**
 * How the key is kept: ready to use, or sealed under a PIN and under a key of this browser.
 * @typedef {{key: CryptoKey}} OpenKey
 * @typedef {{device: CryptoKey, box: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>, rounds: number, tries: number}} LockedKey
 */

/** After so many wrong PINs in a row everything is deleted. */
export const MOST_TRIES = 10;
const NAME = 'data';
const PLACE = 'key';

/**
 * Whether there is a key, ready or behind a PIN.
 * @param {Database} database
 */
export async function hasKey(database) {
  return (await database.get('key', NAME)) !== undefined;
}

/**
 * Read how the key is kept; a new database gets a key.
 * @param {Database} database @returns {Promise<OpenKey | LockedKey>}
 */
export async function readKey(database) {
  const kept = await database.get('key', NAME);
  if (kept) return /** @type {OpenKey | LockedKey} */ (kept);
  const made = { key: await newKey() };
  await database.put('key', made, NAME);
  return made;
}

/**
 * Try a PIN: the key, or how many tries are left.
 *
 * The try is counted before it is made, so that closing the page gives none back.
 * @param {Database} database @param {string} pin
 * @returns {Promise<{key: CryptoKey} | {left: number}>}
 */
export async function openWithPin(database, pin) {
  const kept = /** @type {LockedKey} */ (await database.get('key', NAME));
  const tries = kept.tries + 1;
  await database.put('key', { ...kept, tries }, NAME);
  try {
    const outer = await unsealBytes(kept.device, kept.box, PLACE);
    const raw = await unsealBytes(await keyOfPin(pin, kept.salt, kept.rounds), outer, PLACE);
    await database.put('key', { ...kept, tries: 0 }, NAME);
    return { key: await importKey(raw) };
  } catch {
    return { left: MOST_TRIES - tries };
  }
}

/**
 * Make a fresh key, kept under a PIN or, without one, ready to use.
 * @param {string | null} pin @param {number} [rounds]
 * @returns {Promise<{key: CryptoKey, kept: OpenKey | LockedKey}>}
 */
export async function freshKey(pin, rounds = ROUNDS) {
  if (pin === null) {
    const key = await newKey();
    return { key, kept: { key } };
  }
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const device = await newKey();
  const inner = await sealBytes(await keyOfPin(pin, salt, rounds), raw, PLACE);
  const box = await sealBytes(device, inner, PLACE);
  const key = await importKey(raw);
  raw.fill(0);
  return { key, kept: { device, box, salt, rounds, tries: 0 } };
}

/**
 * Keep it, in a transaction that also has what it seals.
 * @param {import('./vendor/idb').Transaction} transaction @param {OpenKey | LockedKey} kept
 */
export function putKey(transaction, kept) {
  return transaction.objectStore('key').put(kept, NAME);
}
