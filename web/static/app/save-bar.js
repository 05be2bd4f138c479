// The one button that saves, and what to do where the phone has no room.

import { Offline, Refusal } from './api.js';
import { Button, Errors } from './controls.js';
import { keepEntry, sendNow } from './saving.js';
import { isFull } from './sync.js';
import { html, signal } from './view.js';
import { words } from './words.js';

/** @typedef {import('./types').Operation} Operation */

/**
 * Make what saves the entry that `make` returns (null where it can't be saved yet) and goes on.
 * @param {{make: () => Operation | null, then: (op: Operation) => unknown}} of
 */
export function saver({ make, then }) {
  const busy = signal(false);
  const problem = signal('');
  /** @param {(op: Operation) => Promise<boolean>} work */
  const run = async (work) => {
    const op = make();
    if (op === null) return;
    busy.value = true;
    try {
      if (await work(op)) await then(op);
    } finally {
      busy.value = false;
    }
  };
  const sendIt = () => run(async (op) => {
    try {
      await sendNow(op);
      return true;
    } catch (error) {
      if (!(error instanceof Offline) && !(error instanceof Refusal)) throw error;
      problem.value = error instanceof Offline ? words.value.common.needsConnection : error.detail || error.code;
      return false;
    }
  });
  return {
    save: () => run(keepEntry),
    bar: (/** @type {string} */ label) => html`<div class="bar">
      <${Button} label=${label} busy=${busy.value} onPress=${() => run(keepEntry)} />
      ${isFull.value && html`<div class="notice warn" role="alert"><p>${words.value.status.full}</p>
        <${Button} label=${words.value.status.sendNow} quiet onPress=${sendIt} /></div>`}
      <${Errors} errors=${[]} detail=${problem.value} />
    </div>`,
  };
}
