// What one person has on this phone: entries, what waits to be sent, and copies for offline.
//
// Everything is encrypted before a transaction begins, and written in one: a page that dies leaves
// all of it or nothing. All writers of all tabs take turns under one lock.

import { openPerson } from './database.js';
import { seal, unseal } from './seal.js';
import { freshKey, hasKey, putKey, readKey } from './vault.js';
import { batch, signal } from './view.js';

/** @typedef {import('./types').Entry} Entry */
/** @typedef {import('./types').Item} Item */
/** @typedef {import('./database').Database} Database */
/**
 * What one transaction changes. A value of null deletes.
 * @typedef {{entries?: Map<string, Entry | null>, outbox?: Map<string, Item | null>, state?: Map<string, any>, forgetEntries?: boolean}} Change
 */

/** So many boxes are opened at a time: between two lots a thumb is heard, however much there is. */
const AT_ONCE = 24;

/** The phone has no room left: nothing was written. */
export class StorageFull extends Error {}

export class Store {
  /**
   * Open what a person has, with the key that was found or opened by a PIN.
   * @param {string} person @param {Database} database @param {CryptoKey} key
   */
  constructor(person, database, key) {
    this.person = person;
    this.database = database;
    this.key = key;
    /** @type {import('./vendor/signals-core').Signal<Map<string, Entry>>} */
    this.entries = signal(new Map());
    /** @type {import('./vendor/signals-core').Signal<Map<string, Item>>} */
    this.outbox = signal(new Map());
    /** @type {import('./vendor/signals-core').Signal<Map<string, any>>} */
    this.state = signal(new Map());
    this.channel = new BroadcastChannel(`between-${person}`);
    this.channel.onmessage = ({ data }) => {
      // Under another key this tab can read nothing any more.
      if (data === 'resealed') location.reload();
      else void this.reload();
    };
  }

  /** Read everything again: another tab, or a page that died, wrote. */
  async reload() {
    const [entries, outbox, state] = await Promise.all([
      this.#readAll('entries'), this.#readAll('outbox'), this.#readAll('state'),
    ]);
    batch(() => {
      this.entries.value = entries;
      this.outbox.value = outbox;
      this.state.value = state;
    });
  }

  /**
   * Work on the newest state while no other tab does, and write what the job returns.
   * @template T
   * @param {() => Promise<{change: Change, value: T}> | {change: Change, value: T}} job
   * @returns {Promise<T>}
   */
  async write(job) {
    return navigator.locks.request(`between-store-${this.person}`, async () => {
      const outbox = await this.#readAll('outbox');
      // Almost always nothing waits, before and after: then nothing is drawn anew for it.
      if (outbox.size > 0 || this.outbox.value.size > 0) this.outbox.value = outbox;
      const { change, value } = await job();
      await this.#put(change);
      this.channel.postMessage('changed');
      return value;
    });
  }

  /**
   * Keep one thing beside the entries, such as a copy of the own plan.
   * @param {string} name @param {any} value
   */
  keep(name, value) {
    return this.write(() => ({ change: { state: new Map([[name, value]]) }, value: undefined }));
  }

  /**
   * Read one thing as it is stored now, whatever this tab remembers.
   * @param {string} name
   */
  async fresh(name) {
    const box = await this.database.get('state', name);
    return box ? unseal(this.key, /** @type {Uint8Array<ArrayBuffer>} */ (box), `state/${name}`) : undefined;
  }

  /**
   * Seal everything anew under a fresh key, kept under a PIN or without one.
   * @param {string | null} pin @param {number} [rounds]
   */
  async reseal(pin, rounds) {
    await navigator.locks.request(`between-store-${this.person}`, async () => {
      await this.reload();
      const { key, kept } = await freshKey(pin, rounds);
      /** @type {[string, string, Uint8Array][]} */
      const boxes = [];
      for (const name of /** @type {const} */ (['entries', 'outbox', 'state'])) {
        for (const [id, value] of this[name].value) {
          boxes.push([name, id, await seal(key, value, `${name}/${id}`)]);
        }
      }
      const transaction = this.database.transaction(['key', 'entries', 'outbox', 'state'], 'readwrite', { durability: 'strict' });
      await all(transaction, () => {
        void putKey(transaction, kept).catch(() => undefined);
        for (const [name, id, box] of boxes) void transaction.objectStore(name).put(box, id).catch(() => undefined);
      });
      this.key = key;
      this.channel.postMessage('resealed');
    });
  }

  /** Stop: no more reads or writes by this tab. */
  close() {
    this.channel.close();
    this.database.close();
  }

  /** @param {'entries' | 'outbox' | 'state'} name */
  async #readAll(name) {
    const transaction = this.database.transaction([name], 'readonly');
    const store = /** @type {any} */ (transaction.objectStore(name));
    const [ids, boxes] = await Promise.all([store.getAllKeys(), store.getAll()]);
    const all = new Map();
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const some = ids.slice(from, from + AT_ONCE);
      const values = await Promise.all(some.map(
        (/** @type {string} */ id, /** @type {number} */ place) => unseal(this.key, boxes[from + place], `${name}/${id}`),
      ));
      some.forEach((/** @type {string} */ id, /** @type {number} */ place) => all.set(id, values[place]));
    }
    return all;
  }

  /** @param {Change} change */
  async #put(change) {
    /** @type {[string, string, Uint8Array | null][]} */
    const boxes = [];
    const named = { entries: change.entries, outbox: change.outbox, state: change.state };
    for (const [name, values] of Object.entries(named)) {
      for (const [id, value] of values ?? []) {
        boxes.push([name, id, value === null ? null : await seal(this.key, value, `${name}/${id}`)]);
      }
    }
    const transaction = this.database.transaction(['entries', 'outbox', 'state'], 'readwrite', { durability: 'strict' });
    await all(transaction, () => {
      if (change.forgetEntries) void transaction.objectStore('entries').clear();
      for (const [name, id, box] of boxes) {
        const store = transaction.objectStore(name);
        // What a request refuses, the transaction tells too.
        void (box === null ? store.delete(id) : store.put(box, id)).catch(() => undefined);
      }
    });
    this.#remember(change);
  }

  /** @param {Change} change */
  #remember(change) {
    batch(() => {
      if (change.forgetEntries) this.entries.value = new Map();
      if (change.entries) this.entries.value = withChanges(this.entries.value, change.entries);
      if (change.outbox) this.outbox.value = withChanges(this.outbox.value, change.outbox);
      if (change.state) this.state.value = withChanges(this.state.value, change.state);
    });
  }
}

/**
 * Open the database of a person: a store, or what a PIN has to open first.
 * @param {string} person
 * @returns {Promise<{store: Store} | {database: Database}>}
 */
export async function openStore(person) {
  const database = await openPerson(person);
  const isNew = !(await hasKey(database));
  const kept = await readKey(database);
  if (isNew) await forgetAll(database);
  if (!('key' in kept)) return { database };
  const store = new Store(person, database, kept.key);
  await store.reload();
  return { store };
}

/**
 * Delete what nobody can open any more: its key went when the browser cleared a part.
 * @param {Database} database
 */
async function forgetAll(database) {
  const transaction = database.transaction(['entries', 'outbox', 'state'], 'readwrite');
  for (const name of ['entries', 'outbox', 'state']) void transaction.objectStore(name).clear();
  await transaction.done;
}

/**
 * @template T
 * @param {Map<string, T>} before @param {Map<string, T | null>} changes
 */
function withChanges(before, changes) {
  const after = new Map(before);
  for (const [id, value] of changes) {
    if (value === null) after.delete(id);
    else after.set(id, value);
  }
  return after;
}

/**
 * Ask for everything in one transaction, and wait until all of it is on disk, or none.
 * @param {import('./vendor/idb').Transaction} transaction @param {() => void} asked
 */
async function all(transaction, asked) {
  try {
    try {
      asked();
    } catch (error) {
      transaction.abort();
      await transaction.done.catch(() => undefined);
      throw error;
    }
    await transaction.done;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') throw new StorageFull();
    throw error;
  }
}
