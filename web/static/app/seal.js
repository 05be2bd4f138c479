// Encryption at rest: AES-256-GCM by keys that no script can read out.

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const IV = 12;
/** OWASP's figure for PBKDF2 with SHA-256 (2023). */
export const ROUNDS = 600_000;

/** Make a key that can be used and never read. */
export function newKey() {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

/**
 * Make a usable key of raw bytes.
 * @param {Uint8Array<ArrayBuffer>} raw
 */
export function importKey(raw) {
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/**
 * Encrypt bytes; `place` is bound to them, so that no box opens in another's place.
 * @param {CryptoKey} key @param {Uint8Array<ArrayBuffer>} bytes @param {string} place
 */
export async function sealBytes(key, bytes, place) {
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const how = { name: 'AES-GCM', iv, additionalData: encoder.encode(place) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(how, key, bytes));
  const box = new Uint8Array(IV + sealed.length);
  box.set(iv);
  box.set(sealed, IV);
  return box;
}

/**
 * Decrypt bytes, or throw where the key or the place is another.
 * @param {CryptoKey} key @param {Uint8Array<ArrayBuffer>} box @param {string} place
 */
export async function unsealBytes(key, box, place) {
  const how = { name: 'AES-GCM', iv: box.slice(0, IV), additionalData: encoder.encode(place) };
  return new Uint8Array(await crypto.subtle.decrypt(how, key, box.slice(IV)));
}

/**
 * Encrypt what JSON can say.
 * @param {CryptoKey} key @param {unknown} value @param {string} place
 */
export function seal(key, value, place) {
  return sealBytes(key, encoder.encode(JSON.stringify(value)), place);
}

/**
 * Decrypt it again.
 * @param {CryptoKey} key @param {Uint8Array<ArrayBuffer>} box @param {string} place
 */
export async function unseal(key, box, place) {
  return JSON.parse(decoder.decode(await unsealBytes(key, box, place)));
}

/**
 * Derive a key from the digits that a person chose.
 * @param {string} pin @param {Uint8Array<ArrayBuffer>} salt @param {number} rounds
 */
export async function keyOfPin(pin, salt, rounds) {
  const base = await crypto.subtle.importKey('raw', encoder.encode(pin), 'PBKDF2', false, ['deriveKey']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds };
  return crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
