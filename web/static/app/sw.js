// The service worker. Its first line, SHELL = {version, files}, comes from the server.
// It keeps the shell of one version, all or nothing, and never answers for /api.

const CACHE = `shell-${SHELL.version}`;
const PAGE = '/app/';

self.addEventListener('install', (event) => {
  const wanted = [PAGE, ...SHELL.files].map((url) => new Request(url, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(wanted)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('shell-') && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

// The page asks for this only while nothing waits to be sent and no form is open.
self.addEventListener('message', (event) => {
  if (event.data === 'activate') event.waitUntil(self.skipWaiting());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(kept(request, PAGE));
  else if (url.pathname.startsWith('/app/shell/')) event.respondWith(kept(request, request.url));
});

/** Answer from the shell; what it lacks comes from the network. */
async function kept(request, name) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}

// A push is a declarative message (webkit.org/blog/16535): {web_push: 8030, notification: {title,
// body, navigate, tag}}. Where the browser reads it by itself, this handler is not called.
self.addEventListener('push', (event) => {
  event.waitUntil(show(event.data));
});

/** Show a message; something is always shown, or a browser takes the permission away. */
async function show(data) {
  let told = {};
  try {
    const message = data.json();
    if (message.web_push === 8030) told = message.notification;
  } catch {
    told = {};
  }
  await self.registration.showNotification(told.title || 'Between', {
    body: told.body || '',
    tag: told.tag || 'between',
    lang: told.lang,
    data: { to: inScope(told.navigate) },
  });
  for (const client of await self.clients.matchAll({ type: 'window' })) client.postMessage('pushed');
}

/** Return an address of the client's own; of any other only its front page is left. */
function inScope(address) {
  const url = new URL(address || PAGE, self.location.origin);
  return url.origin === self.location.origin && url.pathname === PAGE ? url.href : PAGE;
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.to));
});

/** Bring an open window to the front and tell it where to go, or open one. */
async function open(to) {
  const [window] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (!window) return self.clients.openWindow(to);
  window.postMessage({ to });
  return window.focus();
}
