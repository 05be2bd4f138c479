// A quarter of an hour after a craving: "and now?", also when the app was closed in between.

import { store } from './account.js';
import { minutesBetween, now } from './clock.js';
import { journal } from './sync.js';
import { computed, signal } from './view.js';

/** @typedef {import('./types').Entry} Entry */

const FROM = 15;
/** Later than this it is hardly the same episode. */
const UNTIL = 60;
const MINUTE = signal(0);

/** Look again each half minute. */
export function watchFollowUps() {
  setInterval(() => { MINUTE.value += 1; }, 30_000);
}

/**
 * Whether a craving is to be asked about at an instant.
 * @param {Entry} entry @param {Date} at @param {string[]} dismissed
 */
export function isDue(entry, at, dismissed) {
  if (entry.kind !== 'craving' || entry.intensity === 0 || dismissed.includes(entry.id)) return false;
  if (entry.intensity_after !== null && entry.intensity_after !== undefined) return false;
  const minutes = minutesBetween(entry.occurred_at, at);
  return minutes >= FROM && minutes <= UNTIL;
}

/** The newest craving that is to be asked about, if any. */
export const openFollowUp = computed(() => {
  MINUTE.value;
  const dismissed = store.value?.state.value.get('dismissed') ?? [];
  const due = [...journal.value.values()].filter((entry) => isDue(entry, now(), dismissed));
  return due.sort((a, b) => Date.parse(b.occurred_at) - Date.parse(a.occurred_at))[0];
});

/**
 * Never ask about this one again.
 * @param {string} id
 */
export async function dismiss(id) {
  const before = store.value?.state.value.get('dismissed') ?? [];
  await store.value?.keep('dismissed', [...before.slice(-49), id]);
}
