// The start: language, person, what is kept, then the network.

import { account, asPerson, locked, resume, store, tabs } from './account.js';
import { now, skew } from './clock.js';
import { readPhone, writePhone } from './database.js';
import { watchFollowUps } from './follow-ups.js';
import { followScreens, Page } from './frame.js';
import { prepareInstall } from './install.js';
import { followPhone } from './profile.js';
import { loadLines, refresh, refreshAll } from './reads.js';
import { addScreens, go, listen, readOthers, start, waitFor } from './router.js';
import { screens } from './screens.js';
import { flush } from './sync.js';
import { watchVersions } from './update.js';
import { effect, html, mount } from './view.js';
import { loadLanguage, when, words } from './words.js';

/** Take what the address asks for, and leave nothing of it in the history. */
function asked() {
  const query = new URLSearchParams(location.search);
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  history.replaceState({ depth: 1 }, '', '/app/');
  return { code, occurrence: query.get('o'), purpose: query.get('p') };
}

/** @param {{code: string | null, occurrence: string | null, purpose: string | null}} wanted */
function openFirst(wanted) {
  if (locked.value) return start('unlock');
  if (!account.value) {
    start('welcome');
    if (wanted.code) go('enroll', { code: wanted.code });
    return;
  }
  start('today');
  openAsked(wanted);
}

/** @param {{occurrence: string | null, purpose: string | null}} wanted */
function openAsked({ occurrence, purpose }) {
  if (!occurrence || !/^[0-9a-f-]{36}$/i.test(occurrence) || !account.value) return;
  const screen = purpose === 'checkin' ? 'mood' : purpose === 'session' ? 'sessions' : 'today';
  void asPerson('POST', `occurrences/${occurrence}/opened`).catch(() => undefined);
  if (screen !== 'today') go(screen, { origin: `prompt:${occurrence}` });
}

function listenToPhone() {
  const due = () => { if (document.visibilityState === 'visible' && store.value) void flush().then(refreshAll); };
  addEventListener('online', due);
  document.addEventListener('visibilitychange', due);
  navigator.serviceWorker?.addEventListener('message', ({ data }) => {
    if (data === 'pushed') void refresh('inbox');
    else if (data?.to) {
      const query = new URL(data.to, location.href).searchParams;
      openAsked({ occurrence: query.get('o'), purpose: query.get('p') });
    }
  });
  // Another tab signed out: nothing of the person stays on this one.
  tabs.onmessage = () => location.reload();
}

/** End this task, so that the phone can draw, or hear a thumb. */
const nextTask = () => new Promise((done) => { setTimeout(done); });

async function begin() {
  const wanted = asked();
  addScreens(screens);
  waitFor(() => import('./later-screens.js'));
  listen();
  // A phone takes long to write its first date: it does so while its storage is being opened.
  void nextTask().then(() => when(now()));
  await Promise.all([loadLanguage(), prepareInstall(), readPhone('skew').then((kept) => { skew.value = kept ?? null; })]);
  await resume();
  await nextTask();
  openFirst(wanted);
  const into = document.getElementById('app');
  if (into) mount(() => html`<${Page} />`, into);
  followScreens();
  // What was drawn is shown first, and answers a thumb.
  await nextTask();
  followPhone();
  watchFollowUps();
  listenToPhone();
  effect(() => { if (skew.value !== null) void writePhone('skew', skew.value).catch(() => undefined); });
  effect(() => { void loadLines(words.value.tag); });
  void readOthers();
  if (store.value) void flush().then(refreshAll).then(async () => (await import('./push.js')).followPush());
  await watchVersions();
}

void begin();
