// Sending what waits and reading what is new: plans and small acts first, all else by POST sync.

import { asPerson, mustSignIn, store } from './account.js';
import { sendActs, unsentActs } from './acts.js';
import { Offline, Refusal } from './api.js';
import { instant, now, skew, zone } from './clock.js';
import { asOperation, attempted, corrected, decided, nextBatch, PLANS, replaced, settled } from './outbox.js';
import { sendPlans } from './situation-plans.js';
import { StorageFull } from './store.js';
import { batch, computed, signal } from './view.js';

/** @typedef {import('./types').Entry} Entry */
/** @typedef {import('./types').Item} Item */
/** @typedef {import('./types').Operation} Operation */

/** How the last try went: '' before one, then 'sent', 'offline', 'sign_in', 'refused' or 'busy'. */
export const lastTry = signal('');
/** The words of the server where it refused everything, as for a consent that was taken back. */
export const refusal = signal('');
/** What helps now, as an answer said; it stays until it is closed. */
/** @type {import('./vendor/signals-core').Signal<import('./types').Support | null>} */
export const support = signal(null);
/** Whether words are only in this page's memory, because the phone has no room for them. */
export const isFull = signal(false);

/** Everything that the person logged, as it stands with what waits, by id. */
export const journal = computed(() => {
  const open = store.value;
  /** @type {Map<string, Entry>} */
  const all = new Map(open?.entries.value);
  for (const item of open?.outbox.value.values() ?? []) {
    if (item.op.deleted) all.delete(item.id);
    else if (item.id !== PLANS) all.set(item.id, { rev: 0, ...all.get(item.id), ...item.op });
  }
  return all;
});

/** What is not sent yet, oldest first. */
export const waiting = computed(() => {
  const items = [...(store.value?.outbox.value.values() ?? [])];
  return items.sort((a, b) => a.order - b.order);
});
/** How much waits, with small acts that are no entries. */
export const unsent = computed(() => waiting.value.filter((item) => item.state === 'waiting').length + unsentActs.value);
export const onShelf = computed(() => waiting.value.filter((item) => item.state !== 'waiting').length);

/**
 * Begin an entry: its id, its times and its zone are the phone's.
 * @param {string} kind @param {Record<string, any>} fields @param {string} [origin]
 * @returns {Operation}
 */
export function newEntry(kind, fields, origin = 'self') {
  const at = instant(now());
  return { id: crypto.randomUUID(), kind, occurred_at: at, recorded_at: at, time_zone: zone(), origin, ...fields };
}

/**
 * Save on this phone; sending follows by itself.
 *
 * :raises StorageFull: nothing was kept, the words are still with the caller.
 * @param {Operation} op
 */
export async function save(op) {
  const open = store.value;
  if (open === null) throw new Error('Nobody is signed in.');
  await open.write(() => {
    const before = open.outbox.value.get(op.id);
    const baseRev = open.entries.value.get(op.id)?.rev ?? null;
    const order = Math.max(0, ...[...open.outbox.value.values()].map((item) => item.order)) + 1;
    const item = replaced(before, op, { baseRev, order, clockKnown: skew.value !== null });
    return { change: { outbox: new Map([[op.id, item]]) }, value: undefined };
  });
  void navigator.storage?.persist?.();
  void flush();
}

/**
 * Send an entry that the phone had no room for, straight from memory.
 * @param {Operation} op
 */
export async function sendUnsaved(op) {
  const { body } = await asPerson('POST', 'sync', { body: { cursor: null, ops: [asOperation(bare(op))] } });
  support.value = body.support ?? support.value;
  const [result] = body.results;
  if (result.status === 'invalid') throw new Refusal(400, { code: 'invalid_input', errors: result.errors }, 0);
}

/** @param {Operation} op @returns {Item} */
const bare = (op) => ({ id: op.id, n: 1, order: 1, state: 'waiting', op, baseRev: null, attempts: [], clockKnown: true });

/**
 * Delete an entry, or take back one that was never sent.
 * @param {{id: string, kind: string}} entry
 */
export function remove(entry) {
  return save({ id: entry.id, kind: entry.kind, deleted: true });
}

/**
 * Decide a conflict, then send what was kept.
 * @param {Item} item @param {boolean} keepMine
 */
export async function decide(item, keepMine) {
  const open = store.value;
  if (open === null) return;
  await open.write(() => {
    const kept = decided(item, keepMine);
    const outbox = new Map([[item.id, /** @type {Item | null} */ (null)]]);
    if (kept) outbox.set(kept.id, kept);
    return { change: { outbox }, value: undefined };
  });
  void flush();
}

/**
 * Take an entry off the shelf for good; only ever by the person's own hand.
 * @param {Item} item
 */
export async function letGo(item) {
  const open = store.value;
  if (open === null) return;
  await open.write(() => ({ change: { outbox: new Map([[item.id, null]]) }, value: undefined }));
}

/** @type {Promise<void> | null} */
let next = null;

/** Send what waits and read what is new; many callers share one turn. */
export function flush() {
  next ??= turn();
  return next;
}

async function turn() {
  await navigator.locks.request('between-send', async () => {
    next = null;
    await untilDone();
  });
}

async function untilDone() {
  try {
    for (let more = true; more;) more = await exchange();
    batch(() => {
      lastTry.value = 'sent';
      refusal.value = '';
    });
    tries = 0;
  } catch (error) {
    lastTry.value = faultOf(error);
    again(error instanceof Refusal ? error.retryAfter : 0);
  }
}

/** @param {unknown} error */
function faultOf(error) {
  if (error instanceof Offline) return 'offline';
  if (error instanceof StorageFull) return 'busy';
  if (!(error instanceof Refusal)) throw error;
  support.value = error.support ?? support.value;
  if (error.status === 401) return 'sign_in';
  if (error.status === 429 || error.status >= 500) return 'busy';
  refusal.value = error.detail || error.code;
  return 'refused';
}

let tries = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Try again later, ever more slowly, while somebody looks.
 * @param {number} seconds what the server asked for
 */
function again(seconds) {
  clearTimeout(timer);
  tries += 1;
  const wait = Math.max(seconds * 1000, Math.min(300_000, 5_000 * 2 ** Math.min(tries, 6)));
  timer = setTimeout(() => { if (document.visibilityState === 'visible') void flush(); }, wait);
}

/** How many operations the next request takes: halved when the server says that it is too large. */
let most = 100;

/** Make one exchange; return whether there is more to send or to read. */
async function exchange() {
  const open = store.value;
  if (open === null) return false;
  if (mustSignIn.value) throw new Refusal(401, { code: 'sign_in_first' }, 0);
  await sendPlans(open);
  await sendActs(open);
  const sending = await take(open);
  const cursor = open.state.value.get('cursor') ?? null;
  let answer;
  try {
    answer = await asPerson('POST', 'sync', { body: { cursor, ops: sending.map(asOperation) } });
  } catch (error) {
    return recovered(error, open, sending);
  }
  most = 100;
  await note(open, sending, answer.body);
  const isLeft = nextBatch([...open.outbox.value.values()]).length > 0;
  return answer.body.more || isLeft;
}

/**
 * Note what leaves before it leaves, with the times that a wrong clock gave put right.
 * @param {import('./store').Store} open
 */
function take(open) {
  return open.write(() => {
    const ready = [...open.outbox.value.values()].map((item) => corrected(item, skew.value));
    const sending = nextBatch(ready, most).map(attempted);
    return { change: { outbox: new Map(sending.map((item) => [item.id, item])) }, value: sending };
  });
}

/**
 * Go on after a refusal of the whole request, or throw it.
 * @param {unknown} error @param {import('./store').Store} open @param {Item[]} sending
 */
async function recovered(error, open, sending) {
  if (!(error instanceof Refusal)) throw error;
  if (error.status === 410 || error.errors.some((fault) => fault.field === 'cursor')) {
    // The server forgot how far we had read: everything is read again, what waits still waits.
    await open.write(() => ({ change: { forgetEntries: true, state: new Map([['cursor', null]]) }, value: undefined }));
    return true;
  }
  if (error.status !== 400 && error.status !== 413) throw error;
  if (sending.length > 1) {
    most = Math.ceil(sending.length / 2);
    return true;
  }
  const [item] = sending;
  if (!item) throw error;
  // One entry alone that can't be read at all goes on the shelf like any other.
  const errors = error.errors.length ? error.errors : [{ field: '', code: error.code, detail: error.detail }];
  await note(open, sending, { results: [{ id: item.id, status: 'invalid', errors }], changes: [] });
  return true;
}

/**
 * Write what an answer says, in one transaction.
 * @param {import('./store').Store} open @param {Item[]} sent @param {any} told
 */
async function note(open, sent, told) {
  await open.write(() => {
    const outbox = new Map();
    sent.forEach((item, place) => {
      const present = open.outbox.value.get(item.id);
      const result = told.results[place];
      if (present && result) outbox.set(item.id, settled(present, item.n, result));
    });
    const entries = new Map(told.changes.map((/** @type {Entry} */ change) => [change.id, change.deleted ? null : change]));
    const state = new Map(told.cursor ? [['cursor', told.cursor]] : []);
    return { change: { outbox, entries, state }, value: undefined };
  });
  if (told.support) support.value = told.support;
}
