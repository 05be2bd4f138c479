// What is being filled in: kept while it is typed, so that a page that dies takes nothing with it.

import { store } from './account.js';
import { effect, signal } from './view.js';

const PAUSE = 400;
/** After so long only words are taken up again: a number of yesterday says nothing of today. */
const FRESH = 21_600_000;

/**
 * Make a signal for each field, begun from the draft that was left, and keep changes as a draft.
 *
 * `stop` ends keeping; `clear` also forgets the draft, once its words are saved as an entry.
 * @template {Record<string, any>} T
 * @param {string} name @param {T} initial
 */
export function draft(name, initial) {
  const place = `draft/${name}`;
  const before = store.value?.state.value.get(place);
  const isFresh = before && Date.now() - before.at < FRESH;
  const left = Object.fromEntries(Object.entries(before?.values ?? {}).filter(([, value]) => isFresh || typeof value === 'string'));
  const fields = /** @type {{[K in keyof T]: import('./vendor/signals-core').Signal<T[K]>}} */ (
    Object.fromEntries(Object.entries(initial).map(([field, value]) => [field, signal(left[field] ?? value)]))
  );
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isFirst = true;
  const read = () => /** @type {T} */ (Object.fromEntries(Object.keys(initial).map((field) => [field, fields[field]?.value])));
  /** @param {T} values */
  const keep = (values) => store.value?.keep(place, { at: Date.now(), values }).catch(() => undefined);
  const stop = effect(() => {
    const values = read();
    if (isFirst) {
      isFirst = false;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(() => void keep(values), PAUSE);
  });
  return {
    fields,
    read,
    /** Stop, keeping what was typed last. */
    stop: () => {
      stop();
      if (timer === undefined) return;
      clearTimeout(timer);
      void keep(read());
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
