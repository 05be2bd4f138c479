// A new version takes over only while nothing waits to be sent and no form is open in any tab.

import { front } from './router.js';
import { unsent } from './sync.js';
import { computed, effect, signal } from './view.js';

/** @type {import('./vendor/signals-core').Signal<ServiceWorker | null>} */
const ready = signal(null);
const isForm = computed(() => Boolean(front()?.screen.isForm));

export function isUpdateReady() {
  return ready.value !== null && unsent.value === 0 && !isForm.value;
}

/** Register the worker, watch for a newer one, and hold a lock while a form is open. */
export async function watchVersions() {
  holdWhileFormIsOpen();
  if (!('serviceWorker' in navigator)) return;
  const registration = await navigator.serviceWorker.register('/app/sw.js', { scope: '/app/', updateViaCache: 'none' });
  const look = () => { ready.value = navigator.serviceWorker.controller ? registration.waiting : null; };
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', look);
  });
  look();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void registration.update().catch(() => undefined);
  });
}

/** Let the waiting version take over, unless another tab is filling something in. */
export async function useUpdate() {
  await navigator.locks.request('between-form', { ifAvailable: true }, async (lock) => {
    if (lock === null || !isUpdateReady()) return;
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    ready.value?.postMessage('activate');
    await new Promise((resolve) => { setTimeout(resolve, 3000); });
  });
}

function holdWhileFormIsOpen() {
  /** @type {(() => void) | null} */
  let release = null;
  effect(() => {
    if (isForm.value === (release !== null)) return;
    if (release !== null) {
      release();
      release = null;
      return;
    }
    /** @type {Promise<void>} */
    const closed = new Promise((resolve) => { release = resolve; });
    void navigator.locks.request('between-form', { mode: 'shared' }, () => closed);
  });
}
