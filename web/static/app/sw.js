// The service worker. Its first line, SHELL = {version, files}, comes from the server.
// It keeps the shell of one version, all or nothing, and never answers for /api.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = `shell-${SHELL.version}`;
const PAGE = '/app/';

worker.addEventListener('install', (event) => {
  const wanted = [PAGE, ...SHELL.files].map((url) => new Request(url, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(wanted)));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('shell-') && name !== CACHE) await caches.delete(name);
    }
    await worker.clients.claim();
  })());
});

// The page asks for this only while nothing waits to be sent and no form is open.
worker.addEventListener('message', (event) => {
  if (event.data === 'activate') event.waitUntil(worker.skipWaiting());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(kept(request, PAGE));
  else if (url.pathname.startsWith('/app/shell/')) event.respondWith(kept(request, request.url));
});

/**
 * Answer from the shell; what it lacks comes from the network.
 * @param {Request} request @param {string} name
 */
async function kept(request, name) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}

// A push is a declarative message (webkit.org/blog/16535): {web_push: 8030, notification: {title,
// body, navigate, tag}}. Where the browser reads it by itself, this handler is not called.
worker.addEventListener('push', (event) => {
  event.waitUntil(show(event.data));
});

/**
 * Show a message; something is always shown, or a browser takes the permission away.
 * @param {PushMessageData | null} data
 */
async function show(data) {
  /** @type {Record<string, string>} */
  let told = {};
  try {
    const message = data?.json();
    if (message.web_push === 8030) told = message.notification;
  } catch {
    told = {};
  }
  await worker.registration.showNotification(told.title || 'Between', {
    body: told.body || '',
    tag: told.tag || 'between',
    lang: told.lang,
    data: { to: inScope(told.navigate) },
  });
  for (const client of await worker.clients.matchAll({ type: 'window' })) client.postMessage('pushed');
}

/**
 * Return an address of the client's own; of any other only its front page is left.
 * @param {string | undefined} address
 */
function inScope(address) {
  const url = new URL(address || PAGE, worker.location.origin);
  return url.origin === worker.location.origin && url.pathname === PAGE ? url.href : PAGE;
}

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.to));
});

/**
 * Bring an open window to the front and tell it where to go, or open one.
 * @param {string} to
 */
async function open(to) {
  const [window] = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (!window) return worker.clients.openWindow(to);
  window.postMessage({ to });
  return window.focus();
}
