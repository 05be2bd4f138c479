// The language: words as data, filled in and counted.

import { readPhone, writePhone } from './database.js';
import { signal } from './view.js';
import en from './words/en.js';

/** @typedef {typeof en} Words */

export const LANGUAGES = { en: 'English', es: 'Español' };

/** The words of the language that is shown. */
export const words = signal(en);

/** Take the language that was chosen here, or the phone's. */
export async function loadLanguage() {
  const chosen = (await readPhone('language')) ?? navigator.language.slice(0, 2);
  await show(chosen);
}

/**
 * Change the language, for this phone.
 * @param {string} tag
 */
export async function chooseLanguage(tag) {
  await writePhone('language', tag);
  await show(tag);
}

/** @param {string} tag */
async function show(tag) {
  words.value = tag === 'es' ? (await import('./words/es.js')).default : en;
  document.documentElement.lang = words.value.tag;
}

/**
 * Fill names in, and choose the form for one or several by `n`.
 * @param {string | string[]} text @param {Record<string, string | number>} [values]
 */
export function say(text, values = {}) {
  const form = typeof text === 'string' ? text : text[values.n === 1 ? 0 : 1] ?? '';
  return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/**
 * Return a word of a vocabulary; what a clinic added has no translation and stands as it is.
 * @param {Record<string, string>} vocabulary @param {string} code
 */
export function wordFor(vocabulary, code) {
  return vocabulary[code] ?? code.replaceAll('_', ' ');
}

/**
 * Write a day and a time as people do.
 * @param {string | Date} at @param {Intl.DateTimeFormatOptions} [how]
 */
export function when(at, how = { weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }) {
  return new Intl.DateTimeFormat(words.value.tag, how).format(new Date(at));
}

/**
 * Write a day alone; a date without a time is nobody's zone.
 * @param {string} date
 */
export function onDay(date) {
  const isThisYear = date.startsWith(String(new Date().getFullYear()));
  const day = isThisYear ? { weekday: /** @type {const} */ ('short') } : { year: /** @type {const} */ ('numeric') };
  return when(`${date.slice(0, 10)}T12:00:00`, { month: 'short', day: 'numeric', ...day });
}

/** @param {string | Date} at */
export function atTime(at) {
  return when(at, { hour: 'numeric', minute: '2-digit' });
}
