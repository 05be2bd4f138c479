// Reminders: times, quiet hours, a pause, and why nothing came.

import { account, asPerson } from '../account.js';
import { now } from '../clock.js';
import { Button, Field } from '../controls.js';
import { changeMe } from '../profile.js';
import { followPush } from '../push.js';
import { copyOf, faultOf, keepCopy, refresh } from '../reads.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { say, when, words } from '../words.js';
import { reminderMail } from './reminder-mail.js';
import { ThisPhone } from './this-phone.js';

/** @typedef {import('../types').Api.ReminderOut} Reminder */

const DAY = 86_400_000;
const CALENDAR = 'me/calendar';
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Whether the check-in times stand in the calendar at present, as far as this phone knows. */
function inCalendar() {
  return Boolean(copyOf(CALENDAR)?.body.check_ins);
}

/** @type {import('../router.js').Opener} */
export function reminders() {
  void refresh('reminders');
  void followPush();
  const history = `patients/${account.value?.id}/reminder-history`;
  const isHistory = signal(false);
  const told = signal('');
  const opened = signal('');
  const times = signal('');
  const from = signal(account.value?.user.quiet_hours?.start ?? '22:00');
  const until = signal(account.value?.user.quiet_hours?.end ?? '07:00');
  const link = signal('');
  void refresh(CALENDAR);
  const mail = reminderMail();
  /** Put the check-in times into the calendar, at the address that there is, or at a new one. */
  const putIntoCalendar = async () => {
    /** @type {import('../types').Api.LinkStateOut | undefined} */
    const state = copyOf(CALENDAR)?.body;
    told.value = (await attempt(async () => {
      if (state?.created_at) await keepCopy(CALENDAR, (await asPerson('PATCH', CALENDAR, { body: { check_ins: !state.check_ins } })).body);
      else link.value = (await asPerson('POST', CALENDAR, { body: { check_ins: true } })).body.url;
    })).words;
    if (!state?.created_at) await refresh(CALENDAR);
  };
  /** @param {() => Promise<unknown>} work */
  const act = async (work) => {
    told.value = (await attempt(work)).words;
    await refresh('reminders');
  };
  /** @param {Reminder} one @param {Record<string, any>} changes */
  const change = (one, changes) => act(() => asPerson('PATCH', `reminders/${one.id}`, { body: changes, headers: { 'If-Match': `"${one.rev}"` } }));
  /** @param {number} days */
  const pause = (days) => act(() => asPerson('POST', 'reminders/pause', { body: { until: new Date(now().getTime() + days * DAY).toISOString() } }));
  /** @param {Reminder | null} one */
  const keepTimes = async (one) => {
    const chosen = times.value.split(/[\s,;]+/).filter(Boolean).map((time) => time.padStart(5, '0'));
    if (chosen.length === 0 || !chosen.every((time) => CLOCK.test(time))) {
      told.value = words.value.reminders.bad;
      return;
    }
    await (one ? change(one, { times: chosen }) : act(() => asPerson('POST', 'reminders', { body: { purpose: 'checkin', times: chosen, skip_if_logged: true } })));
    if (!told.value) opened.value = '';
  };
  /** @param {Reminder | null} one */
  const form = (one) => html`<div>
    <${Field} label=${words.value.reminders.twice} value=${times} most=${60} />
    <${Button} label=${words.value.common.save} onPress=${() => keepTimes(one)} /></div>`;
  return {
    title: () => words.value.reminders.title,
    view: () => {
      const w = words.value.reminders;
      /** @type {import('../types').Api.RemindersOut | undefined} */
      const plan = copyOf('reminders')?.body;
      const lines = /** @type {import('../types').Api.HistoryLineOut[]} */ (copyOf(history)?.body.results ?? []);
      return html`<div><p class="soft">${w.neutral}</p><${ThisPhone} />${mail()}
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        ${!plan && html`<p>${faultOf('reminders') ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        ${plan?.paused_until ? html`<section class="card"><p>${say(w.paused, { when: when(plan.paused_until) })}</p>
            <${Button} label=${w.resume} onPress=${() => act(() => asPerson('DELETE', 'reminders/pause'))} /></section>`
          : html`<section class="card"><h2>${w.pause}</h2><div class="row"><${Button} quiet label=${w.pauses.tomorrow} onPress=${() => pause(1)} />
            <${Button} quiet label=${w.pauses.week} onPress=${() => pause(7)} /></div></section>`}
        ${plan?.results.map((one) => html`<section class="card" key=${one.id}><h2>${words.value.today.purposes[one.purpose]}</h2>
          <p>${one.times.join(', ')}</p>
          ${one.next_due_at && html`<p class="soft">${say(w.next, { when: when(one.next_due_at) })}</p>`}
          <div class="row"><button type="button" class="chip" aria-pressed=${one.active ? 'true' : 'false'} onClick=${() => change(one, { active: !one.active })}>${one.active ? w.on : w.off}</button>
          ${one.times.length > 0 && html`<button type="button" class="chip" onClick=${() => { times.value = one.times.join(', '); opened.value = one.id; }}>${words.value.common.change}</button>`}</div>
          ${opened.value === one.id && form(one)}</section>`)}
        ${opened.value === 'new' ? html`<section class="card">${form(null)}</section>`
          : html`<${Button} label=${w.add} quiet onPress=${() => { times.value = ''; opened.value = 'new'; }} />`}
        <section><h2>${w.quiet}</h2><p class="soft">${w.quietLead}</p>
          <${Field} label=${w.from} type="time" value=${from} /><${Field} label=${w.until} type="time" value=${until} />
          <${Button} label=${words.value.common.save} quiet onPress=${() => changeMe({ quiet_hours: { start: from.value, end: until.value } }, told)} /></section>
        <section><h2>${w.calendar}</h2><p class="soft">${w.calendarLead}</p>
          ${link.value && html`<p><a href=${link.value.replace(/^https?:/, 'webcal:')}>${link.value}</a></p><p class="soft">${w.calendarAddress}</p>`}
          ${inCalendar() ? html`<button type="button" class="chip" aria-pressed="true" onClick=${putIntoCalendar}>${w.calendarOn}</button>`
            : html`<${Button} quiet label=${w.calendarPut} onPress=${putIntoCalendar} />`}</section>
        <section><h2>${w.history}</h2>${isHistory.value ? html`<p class="soft">${w.historyLead}</p>
            ${lines.length === 0 && html`<p>${faultOf(history) ? words.value.common.notLoaded : w.nothing}</p>`}
            ${lines.map((line) => html`<p class="place-line" key=${line.id ?? line.due_at}>${when(line.due_at)}<br /><span class="soft">${line.words}</span></p>`)}`
          : html`<${Button} label=${w.history} quiet onPress=${() => { isHistory.value = true; void refresh(history); }} />`}</section></div>`;
    },
  };
}
