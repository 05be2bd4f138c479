// What is agreed to, with its version: the server's text in force, or ours where it hands out none.

import { ask, Refusal } from './api.js';
import { words } from './words.js';

/** @typedef {{version: string, text: string[]}} ConsentText */

/**
 * Read the text of a purpose, in the language that is shown where there is one.
 *
 * A server that knows no texts takes any version: what was read is then named by ours.
 * @param {'treatment' | 'family_support'} purpose
 * @returns {Promise<ConsentText>}
 */
export async function consentText(purpose) {
  const w = words.value;
  const own = { version: w.enroll.consent.version, text: purpose === 'treatment' ? w.enroll.consent.text : [w.rights.supporterText] };
  try {
    const { body } = await ask('GET', 'consents/texts');
    const texts = body.results.filter((/** @type {any} */ text) => text.purpose === purpose);
    const found = texts.find((/** @type {any} */ text) => text.language === w.tag) ?? texts[0];
    return found ? { version: found.version, text: found.text.split(/\n\n+/) } : own;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return own;
    throw error;
  }
}
