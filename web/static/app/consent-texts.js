// What is agreed to: the server's text in force, in the language that is shown.

import { ask } from './api.js';
import { words } from './words.js';

/** @typedef {{version: string, language: string, text: string[]}} ConsentText */

/**
 * Read the text of a purpose; its paragraphs stand apart. Agreeing to it names its version.
 * @param {'treatment' | 'family_support' | 'handover'} purpose
 * @returns {Promise<ConsentText>}
 */
export async function consentText(purpose) {
  const { body } = await ask('GET', 'consents/texts');
  const texts = /** @type {import('./types').Api.ConsentTextOut[]} */ (body.results).filter((one) => one.purpose === purpose);
  const found = texts.find((one) => one.language === words.value.tag) ?? texts[0];
  if (!found) throw new Error(`No text of ${purpose} is in force.`);
  return { version: found.version, language: found.language, text: found.text.split(/\n\n+/) };
}
