// Today: what is asked, one big way to log, what was agreed, and the next session.

import { account, asPerson } from '../account.js';
import { tasks } from '../acts.js';
import { day, dayAfter, minutesBetween, now } from '../clock.js';
import { Button } from '../controls.js';
import { homework } from '../entries.js';
import { copyOf, refresh } from '../reads.js';
import { go } from '../router.js';
import { attempt } from '../saving.js';
import { journal } from '../sync.js';
import { html, signal } from '../view.js';
import { atTime, onDay, say, when, words } from '../words.js';
import { openFollowUp } from '../follow-ups.js';

/** Which screen answers a reminder, by its purpose. */
const ANSWERED_BY = { checkin: 'mood', skill: 'practice', dose: 'dose', pre_session: 'agenda', session: 'sessions', measure: 'measures' };

/** @type {import('../router.js').Opener} */
export function today() {
  void refresh('inbox');
  return { title: greeting, view: () => html`<div>
    <${NextSession} />
    <div class="tiles"><${Tile} main title=${words.value.today.craving} hint=${words.value.today.cravingHint} to="craving" />
      <${Tile} wide title=${words.value.situations.title} hint=${words.value.situations.hint} to="situations" /></div>
    <${FollowUp} /><${Asked} /><${DiaryCard} /><${Due} />
    <div class="tiles"><${Tile} title=${words.value.today.mood} hint=${words.value.today.moodHint} to="mood" />
      <${Tile} title=${words.value.today.practice} hint=${words.value.today.practiceHint} to="practice" />
      <${Tile} title=${words.value.today.note} to="note" /><${Tile} title=${words.value.today.more} to="log" /></div>
    <${Agreed} /><${Seen} /></div>` };
}

function greeting() {
  const w = words.value.today.title;
  const hour = now().getHours();
  const part = hour < 5 || hour >= 23 ? w.night : hour < 12 ? w.morning : hour < 18 ? w.day : w.evening;
  return say(part, { name: account.value?.user.display_name ?? '' }).replace(/[, ]+$/, '');
}

/** @param {{title: string, hint?: string, to: string, main?: boolean, wide?: boolean}} of */
function Tile({ title, hint, to, main = false, wide = false }) {
  return html`<button type="button" class=${main ? 'tile main' : wide ? 'tile wide' : 'tile'} onClick=${() => go(to)}>
    <b>${title}</b>${hint && html`<span class="soft">${hint}</span>`}</button>`;
}

/** @returns {import('../types').Api.SessionOut[]} */
function sessions() {
  return copyOf('sessions')?.body.results ?? [];
}

function NextSession() {
  const at = now().toISOString();
  const [next] = sessions().filter((one) => !one.cancelled && one.starts_at > at)
    .sort((a, b) => a.starts_at.localeCompare(b.starts_at));
  return next ? html`<p class="soft">${say(words.value.today.next, { when: when(next.starts_at), what: next.title || words.value.sessions.kinds[next.kind] })}</p>` : null;
}

function FollowUp() {
  const craving = openFollowUp.value;
  if (!craving) return null;
  const w = words.value.today;
  return html`<button type="button" class="card ask" onClick=${() => go('and-now', { id: craving.id })}>
    <b class="serif">${w.andNow}</b><span class="soft">${say(w.andNowHint, { time: atTime(craving.occurred_at), n: craving.intensity })}</span></button>`;
}

/** What reminders asked and nobody answered yet, and the question about their times. */
function Asked() {
  const w = words.value.today;
  /** @type {import('../types').Api.InboxOut | undefined} */
  const inbox = copyOf('inbox')?.body;
  const open = (inbox?.results ?? []).filter((item) => item.expires_at > now().toISOString() && !snoozed.value.has(item.id));
  return html`<div>${open.map((item) => html`<section class="card" key=${item.id}>
      <h2>${w.purposes[item.purpose]}</h2><p class="soft">${when(item.due_at)}</p>
      <div class="row"><${Button} label=${w.answer} onPress=${() => answer(item)} />
      <${Button} label=${w.later} quiet onPress=${() => snooze(item)} /></div></section>`)}
    ${(inbox?.questions ?? []).map((question) => html`<section class="card" key=${question.reminder}>
      <h2>${w.question}</h2><div class="row">${question.answers.map((choice) => html`<${Button} quiet
        label=${w.questionAnswers[choice]} onPress=${() => reply(question.reminder, choice)} />`)}</div></section>`)}</div>`;
}

const snoozed = signal(/** @type {Set<string>} */ (new Set()));

/** @param {import('../types').Api.InboxItemOut} item */
function answer(item) {
  void attempt(() => asPerson('POST', `occurrences/${item.id}/opened`));
  go(ANSWERED_BY[item.purpose], { origin: `prompt:${item.id}` });
}

/** @param {import('../types').Api.InboxItemOut} item */
async function snooze(item) {
  snoozed.value = new Set([...snoozed.value, item.id]);
  await attempt(() => asPerson('POST', `occurrences/${item.id}/snooze`, { body: { minutes: 15 } }));
  await refresh('inbox');
}

/** @param {string} reminder @param {string} choice */
async function reply(reminder, choice) {
  if (choice === 'move') return go('reminders');
  await attempt(() => asPerson('POST', `reminders/${reminder}/time-question`, { body: { answer: choice } }));
  await refresh('inbox');
}

/** The card of today from the afternoon on, and yesterday's until noon. */
function DiaryCard() {
  const w = words.value.today;
  const at = now();
  const own = day(at, account.value?.user.day_starts_hour);
  const isEvening = at.getHours() >= 16;
  const date = at.getHours() < 12 ? dayAfter(own, -1) : own;
  const card = [...journal.value.values()].find((entry) => entry.kind === 'daily' && String(entry.date).slice(0, 10) === date);
  if ((card && !isEvening) || (!isEvening && date === own)) return null;
  const title = date === own ? w.diary : words.value.diary.titleYesterday;
  const hint = card ? w.diaryGoOn : `${w.diaryHint} ${date === own ? '' : w.diaryOpen}`;
  return html`<button type="button" class="card ask" onClick=${() => go('diary', { date })}>
    <b class="serif">${title}</b><span class="soft">${hint}</span></button>`;
}

/** Own tasks whose day has come. */
function Due() {
  const own = day(now(), account.value?.user.day_starts_hour);
  const due = tasks().filter((one) => !one.owner && !one.done_at && one.due_on && one.due_on <= own);
  if (due.length === 0) return null;
  const w = words.value.tasks;
  return html`<section class="card"><h2>${w.title}</h2>${due.map((one) => html`
    <button type="button" class="line" key=${one.id} onClick=${() => go('tasks')}>
      <span>${one.text}</span><span class="soft">${say(one.due_on === own ? w.due : w.late, { day: onDay(one.due_on ?? '') })}</span></button>`)}</section>`;
}

function Agreed() {
  const own = day(now(), account.value?.user.day_starts_hour);
  const all = homework().filter((one) => !one.ended_at && (!one.until || one.until >= own));
  if (all.length === 0) return null;
  const w = words.value.today;
  return html`<section class="card"><h2>${w.homework}</h2>${all.map((one) => html`
    <button type="button" class="line" key=${one.id} onClick=${() => go('skill', { slug: one.skill })}>
      <span>${one.name}</span><span class="soft">${say(w.times, { n: one.progress.this_week, most: one.per_week })}</span></button>`)}</section>`;
}

/** That somebody read before a session, and what they want to talk about. */
function Seen() {
  const w = words.value.today;
  const opened = sessions().filter((one) => one.opened_at).sort((a, b) => b.starts_at.localeCompare(a.starts_at))[0];
  const talk = [...journal.value.values()].filter((entry) => entry.acknowledged_at && minutesBetween(entry.acknowledged_at, now()) < 20_160);
  if (!opened && talk.length === 0) return null;
  return html`<section class="card">
    ${opened && html`<p class="soft">${say(w.opened, { when: when(opened.starts_at) })}</p>`}
    ${talk.map((entry) => html`<p class="soft" key=${entry.id}>${say(w.acknowledged, { when: onDay(entry.local_date) })}</p>`)}</section>`;
}
