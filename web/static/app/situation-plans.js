// The person's own plans for situations, as they stand, and how the list reaches the server.
//
// The contract takes it whole, against the revision that it was made of: PUT with If-Match.

import { asPerson, store } from './account.js';
import { Refusal } from './api.js';
import { now } from './clock.js';
import { attempted, isSame, PLANS } from './outbox.js';
import { copyOf, nameOf } from './reads.js';

/** @typedef {import('./types').Item} Item */
/** @typedef {import('./types').Api.SituationPlanOut} Plan */
/** @typedef {import('./types').Api.SituationPlansOut} Plans */

/** The list as it stands here, with what is not sent yet. */
export function ownPlans() {
  /** @type {Plan[]} */
  const plans = store.value?.outbox.value.get(PLANS)?.op.plans ?? copyOf(PLANS)?.body.results ?? [];
  return plans;
}

/**
 * Send the list where it waits, until the server has it or somebody has to decide.
 * @param {import('./store').Store} open
 */
export async function sendPlans(open) {
  for (let item = await leaving(open); item; item = await leaving(open)) {
    const { told, change } = await put(item);
    await open.write(() => {
      const present = open.outbox.value.get(PLANS);
      const outbox = new Map(present ? [[PLANS, change(present)]] : []);
      return { change: { outbox, state: new Map(told ? [[nameOf(PLANS), { at: now().toISOString(), body: told }]] : []) }, value: undefined };
    });
  }
}

/**
 * Note what leaves before it leaves; nothing where nothing waits.
 * @param {import('./store').Store} open
 * @returns {Promise<Item | undefined>}
 */
function leaving(open) {
  if (open.outbox.value.get(PLANS)?.state !== 'waiting') return Promise.resolve(undefined);
  return open.write(() => {
    const item = open.outbox.value.get(PLANS);
    if (item?.state !== 'waiting') return { change: {}, value: undefined };
    const sending = attempted(item);
    return { change: { outbox: new Map([[PLANS, sending]]) }, value: sending };
  });
}

/**
 * Send it once; return what the server has, where it told, and what becomes of the item.
 * @param {Item} item
 * @returns {Promise<{told?: Plans, change: (present: Item) => Item | null}>}
 */
async function put(item) {
  try {
    const { body } = await asPerson('PUT', PLANS, { body: { results: item.op.plans }, headers: { 'If-Match': `"${item.baseRev ?? 0}"` } });
    return { told: body, change: (present) => (present.n === item.n ? null : upon(present, body)) };
  } catch (error) {
    if (!(error instanceof Refusal) || error.status === 401 || error.status === 429 || error.status >= 500) throw error;
    if (error.status !== 412) {
      const errors = error.errors.length > 0 ? error.errors : [{ field: '', code: error.code, detail: error.detail }];
      return { change: (present) => (present.n === item.n ? { ...present, state: 'refused', errors } : present) };
    }
    const { body } = await asPerson('GET', PLANS);
    return { told: body, change: (present) => differing(present, body) };
  }
}

/**
 * Go on from what the server has now.
 * @param {Item} item @param {Plans} server
 * @returns {Item}
 */
export function upon(item, server) {
  return { ...item, state: 'waiting', baseRev: server.rev, attempts: [], server: undefined, op: { ...item.op, base: server.results } };
}

/**
 * Decide what becomes of a list that was made of an older one: where the server has an earlier one
 * of ours, whose answer got lost, that is no conflict.
 * @param {Item} item @param {Plans} server
 * @returns {Item}
 */
export function differing(item, server) {
  const isOurs = item.attempts.some((sent) => isSame({ id: PLANS, kind: '', plans: sent.plans }, { id: PLANS, plans: server.results, kind: '' }));
  return isOurs ? upon(item, server) : { ...item, state: 'conflict', server: /** @type {any} */ (server) };
}
