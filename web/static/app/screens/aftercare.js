// Own tasks with their days, and the plan for the time after treatment: there without a connection.

import { asPerson, account } from '../account.js';
import { keepEnd, tasks } from '../acts.js';
import { day, now } from '../clock.js';
import { AsOf, Button, Field } from '../controls.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go } from '../router.js';
import { attempt } from '../saving.js';
import { StorageFull } from '../store.js';
import { flush, isFull } from '../sync.js';
import { html, signal } from '../view.js';
import { onDay, say, when, words } from '../words.js';

/** @typedef {import('../types').Api.TaskOut} Task */
/** @typedef {import('../types').Api.AftercarePlanOut} Plan */

const PLAN = 'aftercare-plan';
const PARTS = /** @type {const} */ (['warning_signs', 'high_risk_situations', 'skills', 'people', 'meetings', 'appointments']);

/** What stands where nothing was ever read, and of when the copy is that stands. */
/** @param {string} path */
const missing = (path) => html`<p>${faultOf(path) ? words.value.common.notLoaded : words.value.common.loading}</p>`;
/** @param {string} path */
const age = (path) => faultOf(path) && html`<${AsOf} since=${when(copyOf(path)?.at ?? '')} />`;

/** @type {import('../router.js').Opener} */
export function taskList() {
  void refresh('tasks');
  return {
    title: () => words.value.tasks.title,
    view: () => {
      const w = words.value.tasks;
      if (!copyOf('tasks')) return missing('tasks');
      const all = tasks();
      const own = all.filter((one) => !one.owner && !one.done_at);
      /** @type {[string, Task[]][]} */
      const others = [[w.team, all.filter((one) => one.owner && !one.done_at)], [w.done, all.filter((one) => one.done_at).slice(0, 20)]];
      return html`<div>
        ${own.length === 0 && html`<p>${w.none}</p>`}
        ${own.map((one) => html`<section class="card" key=${one.id}><h2>${one.text}</h2><p class="soft">${dayText(one)}</p>
          <button type="button" class="button" onClick=${() => end(one.id)}>${words.value.common.done}<span class="unseen">: ${one.text}</span></button></section>`)}
        ${others.map(([title, some]) => some.length > 0 && html`<section key=${title}><h2>${title}</h2>
          <ul class="plain">${some.map((one) => html`<li key=${one.id}>${one.text} <span class="soft">${dayText(one)}</span></li>`)}</ul></section>`)}
        ${age('tasks')}</div>`;
    },
  };
}

/** @param {Task} one */
function dayText(one) {
  const w = words.value.tasks;
  if (one.done_at) return say(w.doneOn, { day: onDay(day(new Date(one.done_at))) });
  if (!one.due_on) return '';
  return say(one.due_on < day(now(), account.value?.user.day_starts_hour) ? w.late : w.due, { day: onDay(one.due_on) });
}

/** @param {string} id */
async function end(id) {
  try {
    await keepEnd(id, now().toISOString());
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
    isFull.value = true;
    return;
  }
  void flush();
}

/** @returns {Plan | undefined} */
const planNow = () => copyOf(PLAN)?.body;

/** @type {import('../router.js').Opener} */
export function aftercare() {
  void refresh(PLAN);
  return {
    title: () => words.value.aftercare.title,
    view: () => {
      const w = words.value.aftercare;
      const plan = planNow();
      if (!plan) return missing(PLAN);
      return html`<div><p class="lead">${plan.rev === 0 ? w.none : w.lead}</p>
        ${PARTS.map((part) => plan[part].length > 0 && html`<section key=${part}><h2>${w.parts[part]}</h2>
          <ul class="plain">${plan[part].map((line) => html`<li>${line}</li>`)}</ul></section>`)}
        ${age(PLAN)}
        ${plan.rev > 0 && html`<${Button} label=${words.value.weeks.print} quiet onPress=${() => print()} />`}
        <${Button} label=${words.value.help.edit} quiet onPress=${() => go('aftercare-edit')} /></div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function aftercareEdit() {
  const before = planNow();
  const fields = PARTS.map((part) => signal((before?.[part] ?? []).join('\n')));
  const told = signal('');
  const busy = signal(false);
  const save = async () => {
    const body = Object.fromEntries(PARTS.map((part, place) => [part, (fields[place]?.value ?? '').split('\n').map((line) => line.trim()).filter(Boolean)]));
    busy.value = true;
    const outcome = await attempt(() => asPerson('PUT', PLAN, { body, headers: { 'If-Match': `"${before?.rev ?? 0}"` } }));
    if (outcome.isDone) await refresh(PLAN);
    busy.value = false;
    told.value = outcome.words;
    if (outcome.isDone) back();
  };
  return {
    isForm: true,
    title: () => words.value.aftercare.title,
    view: () => html`<div><p class="lead">${words.value.aftercare.lines}</p>
      ${PARTS.map((part, place) => html`<${Field} key=${part} label=${words.value.aftercare.parts[part]} rows=${3} most=${3700} value=${fields[place]} />`)}
      ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
      <${Button} label=${words.value.common.save} busy=${busy.value} onPress=${save} /></div>`,
  };
}
