// The rules of the outbox: pure, so that they can be tried in any order of events.

/** @typedef {import('./types').Item} Item */
/** @typedef {import('./types').Operation} Operation */
/** @typedef {import('./types').SyncResult} SyncResult */

export const MOST_OPERATIONS = 100;
/** The list of situation plans: one item under one id, which goes out whole and by a road of its own. */
export const PLANS = 'situation-plans';
export const PLANS_KIND = 'situation_plans';
/** Under the server's 256 KiB, with room for the envelope. */
export const MOST_BYTES = 200 * 1024;
/** Contents that were sent and never confirmed; more than the last few nobody edits in a row. */
const MOST_ATTEMPTS = 5;

/**
 * Put what a person saved in the place of what waited under the same id.
 *
 * Null where nothing is left to send: what was never sent is deleted here alone.
 * @param {Item | undefined} waiting @param {Operation} op
 * @param {{baseRev: number | null, order: number, clockKnown: boolean}} facts
 * @returns {Item | null}
 */
export function replaced(waiting, op, { baseRev, order, clockKnown }) {
  if (waiting === undefined) {
    return { id: op.id, n: 1, order, state: 'waiting', op, baseRev, attempts: [], clockKnown };
  }
  if (op.deleted && waiting.baseRev === null && waiting.attempts.length === 0) return null;
  // A conflict stays one until it is decided; a refused entry that was mended goes out again.
  const state = waiting.state === 'conflict' ? 'conflict' : 'waiting';
  return { ...waiting, n: waiting.n + 1, op, state, errors: undefined };
}

/**
 * Return the origins that the server would refuse: of plans that it has not been sent yet.
 * @param {Item | undefined} list
 */
export function unsentOrigins(list) {
  const known = new Set((list?.op.base ?? []).map((/** @type {{id: string}} */ plan) => plan.id));
  const fresh = (list?.op.plans ?? []).filter((/** @type {{id: string}} */ plan) => !known.has(plan.id));
  return new Set(fresh.map((/** @type {{id: string}} */ plan) => `plan:${plan.id}`));
}

/**
 * Choose what goes in one request: the oldest first, no more than the server takes. A practice by a
 * plan waits until that plan is there.
 * @param {Item[]} items @param {number} [most]
 */
export function nextBatch(items, most = MOST_OPERATIONS) {
  const early = unsentOrigins(items.find((item) => item.id === PLANS));
  const waiting = items.filter((item) => item.state === 'waiting' && item.id !== PLANS && !early.has(item.op.origin))
    .sort((a, b) => a.order - b.order);
  const batch = [];
  let bytes = 0;
  for (const item of waiting.slice(0, most)) {
    bytes += new TextEncoder().encode(JSON.stringify(item.op)).length + 64;
    if (batch.length > 0 && bytes > MOST_BYTES) break;
    batch.push(item);
  }
  return batch;
}

/**
 * Note, before it leaves, that this content may have arrived whatever becomes of the answer.
 * @param {Item} item
 * @returns {Item}
 */
export function attempted(item) {
  const attempts = item.attempts.filter((sent) => !isSame(sent, item.op));
  return { ...item, attempts: [...attempts, item.op].slice(-MOST_ATTEMPTS) };
}

/**
 * Write the operation as the server reads it.
 * @param {Item} item
 */
export function asOperation(item) {
  return { ...item.op, base_rev: item.baseRev };
}

/**
 * Decide what becomes of an item after its answer; null where nothing is left to send.
 *
 * `n` is the number under which its content was sent: it may have been edited since.
 * @param {Item} item @param {number} n @param {SyncResult} result
 * @returns {Item | null}
 */
export function settled(item, n, result) {
  const rev = result.rev ?? null;
  switch (result.status) {
    case 'created':
    case 'updated':
    case 'unchanged':
      return item.n === n ? null : { ...item, baseRev: rev, attempts: [] };
    case 'conflict':
      return inConflict(item, n, result);
    default:
      return item.n === n ? { ...item, state: 'refused', errors: result.errors ?? [] } : item;
  }
}

/**
 * @param {Item} item @param {number} n @param {SyncResult} result
 * @returns {Item | null}
 */
function inConflict(item, n, result) {
  const server = result.server ?? null;
  if (item.op.deleted && server?.deleted) return null;
  const isOwn = server !== null && server.id === item.id;
  // An earlier content of ours whose answer got lost stands there: that is no conflict.
  if (isOwn && item.attempts.slice(0, -1).some((sent) => isSame(sent, server))) {
    return { ...item, baseRev: result.rev ?? null };
  }
  return item.n === n ? { ...item, state: 'conflict', server } : item;
}

/**
 * Decide a conflict: keep what this phone says, or what the server has (null).
 * @param {Item} item @param {boolean} keepMine
 * @returns {Item | null}
 */
export function decided(item, keepMine) {
  const server = item.server;
  if (!keepMine || !server) return null;
  // Of another card of the same day the words go into that card, under its own times.
  const op = server.id === item.id
    ? item.op
    : { ...item.op, id: server.id, recorded_at: server.recorded_at };
  const revived = server.deleted && item.op.deleted;
  if (revived) return null;
  return {
    ...item, id: op.id, op, n: item.n + 1, state: 'waiting', server: undefined, attempts: [],
    baseRev: server.rev,
  };
}

/**
 * Move the times of what was written while the clock was wrong and nobody knew.
 * @param {Item} item @param {number | null} behind
 * @returns {Item}
 */
export function corrected(item, behind) {
  if (item.clockKnown || behind === null || item.attempts.length > 0) return item;
  const op = { ...item.op };
  for (const name of ['occurred_at', 'recorded_at', 'completed_at']) {
    if (typeof op[name] === 'string' && behind !== 0) op[name] = moved(op[name], behind);
  }
  return { ...item, op, clockKnown: true };
}

/**
 * Move an instant, keeping the offset that it is written with.
 * @param {string} at @param {number} by
 */
function moved(at, by) {
  const offset = /[+-]\d\d:\d\d$/.exec(at)?.[0] ?? '+00:00';
  const minutes = (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))) * (offset[0] === '-' ? -1 : 1);
  return new Date(Date.parse(at) + by + minutes * 60_000).toISOString().slice(0, 19) + offset;
}

/**
 * Whether the server's copy says what was sent: every field that was, and no other of the kind.
 * @param {Operation} sent @param {Record<string, any>} server
 */
export function isSame(sent, server) {
  if (Boolean(sent.deleted) !== Boolean(server.deleted)) return false;
  return Object.keys(sent).every((name) => isEqual(sent[name], server[name]));
}

/** @param {any} a @param {any} b @returns {boolean} */
function isEqual(a, b) {
  if (a === b) return true;
  if (isNothing(a) && isNothing(b)) return true;
  if (typeof a === 'string' && typeof b === 'string') return isInstant(a) && Date.parse(a) === Date.parse(b);
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, place) => isEqual(one, b[place]));
  }
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isEqual(a[name], b[name]));
}

/** @param {any} value */
const isNothing = (value) => value === null || value === undefined || value === ''
  || value === false || (typeof value === 'object' && Object.keys(value).length === 0);

/** @param {string} text */
const isInstant = (text) => /^\d{4}-\d\d-\d\dT/.test(text);
