// What is being filled in: kept while it is typed, so that a page that dies takes nothing with it.

import { store } from './account.js';
import { effect, signal } from './view.js';

const PAUSE = 400;

/**
 * Make a signal for each field, begun from the draft that was left, and keep changes as a draft.
 *
 * `stop` ends keeping; `clear` also forgets the draft, once its words are saved as an entry.
 * @template {Record<string, any>} T
 * @param {string} name @param {T} initial
 */
export function draft(name, initial) {
  const place = `draft/${name}`;
  const left = store.value?.state.value.get(place) ?? {};
  const fields = /** @type {{[K in keyof T]: import('./vendor/signals-core').Signal<T[K]>}} */ (
    Object.fromEntries(Object.entries(initial).map(([field, value]) => [field, signal(left[field] ?? value)]))
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isFirst = true;
  const read = () => /** @type {T} */ (Object.fromEntries(Object.keys(initial).map((field) => [field, fields[field]?.value])));
  const stop = effect(() => {
    const values = read();
    if (isFirst) {
      isFirst = false;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => void store.value?.keep(place, values).catch(() => undefined), PAUSE);
  });
  return {
    fields,
    read,
    /** Stop, keeping what was typed last. */
    stop: () => {
      stop();
      if (timer === undefined) return;
      clearTimeout(timer);
      void store.value?.keep(place, read()).catch(() => undefined);
    },
    /** Stop, and forget the draft. */
    clear: async () => {
      stop();
      clearTimeout(timer);
      timer = undefined;
      await store.value?.keep(place, null);
    },
  };
}
