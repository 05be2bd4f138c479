// The time: the server's, as far as it was ever heard, and the days of a calendar on the wall.

import { signal } from './view.js';

/** Under this many milliseconds a difference is the network's, not the clock's. */
const TOLERANCE = 90_000;
const DAY = 86_400_000;

/**
 * How many milliseconds the phone's clock is behind the server's; null until one was heard.
 * @type {import('./vendor/signals-core').Signal<number | null>}
 */
export const skew = signal(null);

/** Return the present instant, by the server's clock where it is known. */
export function now() {
  return new Date(Date.now() + (skew.value ?? 0));
}

/**
 * Compare the phone's clock with the `Date` of an answer.
 * @param {string | null} date @param {number} sentAt @param {number} heardAt
 */
export function hear(date, sentAt, heardAt) {
  const told = Date.parse(date ?? '');
  // An answer that took long says little of when it was written.
  if (Number.isNaN(told) || heardAt - sentAt > TOLERANCE) return;
  const behind = told - (sentAt + heardAt) / 2;
  skew.value = Math.abs(behind) > TOLERANCE ? Math.round(behind) : 0;
}

/** Return the zone of the phone, by its IANA name. */
export function zone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
}

/** @param {number} number */
const two = (number) => String(number).padStart(2, '0');

/**
 * Write an instant with the offset of the phone's own zone, as entries carry it.
 * @param {Date} at
 */
export function instant(at) {
  const behind = at.getTimezoneOffset();
  const local = new Date(at.getTime() - behind * 60_000).toISOString().slice(0, 19);
  const ahead = Math.abs(behind);
  return `${local}${behind > 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}

/**
 * Return the local day of an instant, where a day begins some hours after midnight.
 * @param {Date} at @param {number} [startsHour]
 */
export function day(at, startsHour = 0) {
  const shifted = new Date(at.getTime() - startsHour * 3_600_000);
  return `${shifted.getFullYear()}-${two(shifted.getMonth() + 1)}-${two(shifted.getDate())}`;
}

/**
 * Return the day so many days after another.
 * @param {string} from @param {number} days
 */
export function dayAfter(from, days) {
  return new Date(Date.parse(`${from}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/**
 * Return how many whole minutes lie between two instants.
 * @param {string | Date} from @param {string | Date} to
 */
export function minutesBetween(from, to) {
  return Math.floor((new Date(to).getTime() - new Date(from).getTime()) / 60_000);
}
