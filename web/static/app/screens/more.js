// Everything else: this phone, and the way out.

import { account, signOut, store } from '../account.js';
import { unsentActs } from '../acts.js';
import { Button, Select } from '../controls.js';
import { changeMe } from '../profile.js';
import { go, replace, start } from '../router.js';
import { flush, unsent } from '../sync.js';
import { effect, html, signal } from '../view.js';
import { say, words } from '../words.js';
import { HomeScreenSteps, Looks } from './enroll.js';
import { Languages } from './welcome.js';

const PLACES = /** @type {const} */ (['plan', 'care-plan', 'tasks', 'medicines', 'availability', 'aftercare', 'resources', 'shelf', 'reminders', 'rights', 'sign-ins', 'pin', 'settings', 'sign-out']);

/** @type {import('../router.js').Opener} */
export function more() {
  return {
    title: () => words.value.more.title,
    view: () => {
      const w = words.value.more;
      const names = { plan: w.plan, 'care-plan': words.value.care.plan, tasks: words.value.tasks.title, medicines: words.value.care.medicines, availability: words.value.schedule.title, aftercare: words.value.aftercare.title, resources: words.value.resources.title, shelf: w.waiting, reminders: w.reminders, rights: w.rights, 'sign-ins': w.signIns, pin: words.value.pin.settings, settings: w.settings, 'sign-out': w.out };
      return html`<ul class="menu">${PLACES.map((name) => html`<li key=${name}><button type="button" class="line" onClick=${() => go(name)}>${names[name]}</button></li>`)}</ul>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function settings() {
  const used = signal('');
  const isPersisted = signal(false);
  void navigator.storage?.estimate?.().then(({ usage }) => {
    used.value = `${((usage ?? 0) / 1_048_576).toFixed(1)} MB`;
  });
  void navigator.storage?.persisted?.().then((kept) => { isPersisted.value = kept; });
  const hour = signal(String(account.value?.user.day_starts_hour ?? 0));
  const told = signal('');
  // One answer at a time: the server's revision is of the profile that was read.
  const stop = effect(() => {
    if (hour.value !== String(account.value?.user.day_starts_hour ?? 0)) void changeMe({ day_starts_hour: Number(hour.value) }, told);
  });
  return {
    leave: stop,
    title: () => words.value.settings.title,
    view: () => {
      const w = words.value.settings;
      const version = /shell\/(\w+)\//.exec(import.meta.url)?.[1] ?? '';
      return html`<div>
        <h2>${w.language}</h2><${Languages} />
        <${Select} label=${w.dayStarts} value=${hour} options=${[0, 1, 2, 3, 4].map((n) => [String(n), `0${n}:00`])} />
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        <h2>${w.storage}</h2>
        <p>${unsent.value > 0 ? say(words.value.status.unsent, { n: unsent.value }) : words.value.shelf.none}</p>
        <p class="soft">${say(w.used, { size: used.value })} ${isPersisted.value ? w.persisted : w.notPersisted}</p>
        <p class="soft">${w.protects}</p>
        <h2>${words.value.enroll.homeTitle}</h2><p class="soft">${w.lookHint}</p><${Looks} /><${HomeScreenSteps} />
        <p class="soft small">${say(w.version, { version })}</p></div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function signOutScreen() {
  const busy = signal(false);
  const leave = async () => {
    busy.value = true;
    await signOut();
    start('welcome');
  };
  return {
    title: () => words.value.out.title,
    view: () => {
      const w = words.value.out;
      const left = (store.value?.outbox.value.size ?? 0) + unsentActs.value;
      return html`<div><p class="lead">${w.lead}</p>
        ${left > 0 && html`<div class="notice warn"><p>${say(w.unsent, { n: left })}</p>
          <${Button} label=${w.sendFirst} onPress=${async () => { await flush(); if (unsent.value > 0) replace('shelf'); }} /></div>`}
        <${Button} label=${left > 0 ? w.anyway : w.now} quiet=${left > 0} busy=${busy.value} onPress=${leave} /></div>`;
    },
  };
}

