// This browser's subscription to push, whoever is signed in.

/** Return what this browser can do, without asking anybody. */
export function ability() {
  if ('PushManager' in window && 'Notification' in window && navigator.serviceWorker) return 'able';
  const isApple = /iPhone|iPad|iPod/.test(navigator.userAgent)
    || (navigator.userAgent.includes('Macintosh') && navigator.maxTouchPoints > 1);
  return isApple && !matchMedia('(display-mode: standalone)').matches ? 'home' : 'impossible';
}

/** Return the subscription, if there is one. */
export async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** End it: nothing more is shown to whoever holds this phone next. */
export async function unsubscribe() {
  if (ability() !== 'able') return;
  try {
    await (await subscription())?.unsubscribe();
  } catch {
    // A browser that can't say it to its push service ends it here all the same.
  }
}
