// Two kinds of database: one of the phone, with nothing personal; one of each person, encrypted.

import { deleteDB, openDB } from './vendor/idb.js';

/** @typedef {import('./vendor/idb').Database} Database */

const PHONE = 'between';

/** Open what is of the phone: its language, its look, crisis lines, and whose turn it is. */
function openPhone() {
  return openDB(PHONE, 1, {
    upgrade(database) {
      database.createObjectStore('plain');
    },
  });
}

/**
 * Read one thing of the phone; undefined where there is none, or no storage.
 * @param {string} name @returns {Promise<any>}
 */
export async function readPhone(name) {
  try {
    const database = await openPhone();
    const value = await database.get('plain', name);
    database.close();
    return value;
  } catch {
    return undefined;
  }
}

/**
 * Keep one thing of the phone.
 * @param {string} name @param {unknown} value
 */
export async function writePhone(name, value) {
  const database = await openPhone();
  await database.put('plain', value, name);
  database.close();
}

/** @param {string} person */
const nameOf = (person) => `${PHONE}-${person}`;

/**
 * Open the database of one person, empty where it is new.
 * @param {string} person
 */
export function openPerson(person) {
  return openDB(nameOf(person), 1, {
    upgrade(database) {
      database.createObjectStore('key');
      database.createObjectStore('state');
      database.createObjectStore('entries');
      database.createObjectStore('outbox');
    },
  });
}

/**
 * Delete everything of one person, the key with it.
 * @param {string} person
 */
export function deletePerson(person) {
  return deleteDB(nameOf(person));
}
