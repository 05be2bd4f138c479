// When the person is busy or free in a week, and asking to have a session moved.

import { asPerson } from '../account.js';
import { Button, Chips, Field } from '../controls.js';
import { draft } from '../drafts.js';
import { copyOf, faultOf, keepCopy, refresh } from '../reads.js';
import { back, go } from '../router.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { say, when, words } from '../words.js';

/** @typedef {import('../types').Api.AvailabilityOut} Availability */
/** @typedef {import('../types').Api.SpanOut} Span */
const WEEK = /** @type {const} */ (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const REASONS = /** @type {const} */ (['work', 'school', 'family', 'travel', 'other']);
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;

/** @type {import('../router.js').Opener} */
export function availability() {
  void refresh('availability');
  const days = signal(/** @type {string[]} */ ([]));
  const what = signal(/** @type {string[]} */ ([]));
  const from = signal('');
  const until = signal('');
  const told = signal('');
  const busy = signal(false);
  /** @param {Availability} week @param {Span[]} spans */
  const write = async (week, spans) => {
    busy.value = true;
    const outcome = await attempt(async () => {
      const { body } = await asPerson('PUT', 'availability', { body: { spans }, headers: { 'If-Match': `"${week.rev}"` } });
      await keepCopy('availability', body);
    });
    busy.value = false;
    told.value = outcome.words;
    if (!outcome.isDone && outcome.code !== 'offline') await refresh('availability');
    return outcome.isDone;
  };
  /** @param {Availability} week */
  const add = async (week) => {
    const isWhole = days.value.length > 0 && what.value.length > 0 && CLOCK.test(from.value) && CLOCK.test(until.value);
    if (!isWhole) { told.value = words.value.schedule.whole; return; }
    const [kind] = what.value;
    const span = /** @type {Span} */ ({
      days: WEEK.filter((day) => days.value.includes(day)), starts: from.value,
      // The midnight after has no time of its own in a field of the browser's.
      ends: until.value === '00:00' ? '24:00' : until.value,
      kind: kind === 'free' ? 'free' : 'busy', reason: kind === 'free' ? null : kind,
    });
    if (await write(week, [...week.spans, span])) { days.value = []; from.value = ''; until.value = ''; }
  };
  return {
    isForm: true,
    title: () => words.value.schedule.title,
    view: () => {
      const w = words.value.schedule;
      /** @type {Availability | undefined} */
      const week = copyOf('availability')?.body;
      if (!week) return html`<p>${faultOf('availability') ? words.value.common.notLoaded : words.value.common.loading}</p>`;
      return html`<div><p class="lead">${w.lead}</p>
        ${week.spans.length === 0 && html`<p>${w.none}</p>`}
        ${week.spans.map((span, n) => html`<section class="card" key=${n}><p><b>${spanText(span)}</b><br />${w.kinds[span.reason ?? 'free']}</p>
          <button type="button" class="link" onClick=${() => write(week, week.spans.filter((one) => one !== span))}>${w.remove}<span class="unseen">: ${spanText(span)}</span></button></section>`)}
        <section><h2>${w.add}</h2>
          <${Chips} label=${w.days} options=${WEEK.map((day) => [day, words.value.care.days[day]])} value=${days} most=${7} />
          <${Field} label=${w.from} type="time" value=${from} /><${Field} label=${w.until} type="time" value=${until} hint=${w.midnight} />
          <${Chips} label=${w.what} options=${[...REASONS, /** @type {const} */ ('free')].map((one) => [one, w.kinds[one]])} value=${what} />
          ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
          <${Button} label=${w.addNow} busy=${busy.value} onPress=${() => add(week)} /></section></div>`;
    },
  };
}

/** @param {Span} span */
function spanText(span) {
  return `${span.days.map((day) => words.value.care.days[day]).join(' ')}, ${span.starts} – ${span.ends}`;
}

/** @type {import('../router.js').Opener} */
export function askToMove({ session }) {
  const kept = draft(`move/${session}`, { reason: /** @type {string[]} */ ([]), note: '' });
  const told = signal('');
  const busy = signal(false);
  const send = async () => {
    const { reason, note } = kept.read();
    busy.value = true;
    const outcome = await attempt(async () => {
      await asPerson('POST', `sessions/${session}/move-request`, { body: { reason: reason[0] ?? null, note: note.trim() } });
      await refresh('sessions');
    });
    busy.value = false;
    told.value = outcome.words;
    if (outcome.isDone) { await kept.clear(); back(); }
  };
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.schedule.move,
    view: () => {
      const w = words.value.schedule;
      const one = copyOf('sessions')?.body.results.find((/** @type {{id: string}} */ found) => found.id === session);
      return html`<div><p class="lead">${one && say(w.moveLead, { when: when(one.starts_at) })}</p>
        <${Chips} label=${w.why} options=${REASONS.map((code) => [code, w.kinds[code]])} value=${kept.fields.reason} />
        <${Field} label=${w.note} value=${kept.fields.note} rows=${2} most=${300} />
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        <${Button} label=${w.ask} busy=${busy.value} onPress=${send} /></div>`;
    },
  };
}

/**
 * What became of asking, or the way to it, for a session that lies ahead.
 * @param {{one: import('../types').Api.SessionOut, onTakeBack: () => void}} of
 */
export function MoveRequest({ one, onTakeBack }) {
  const w = words.value.schedule;
  const asked = one.move_request;
  if (asked && !asked.dismissed_at) {
    return html`<p class="soft">${say(w.asked, { when: when(asked.asked_at) })}</p>
      <button type="button" class="link" onClick=${onTakeBack}>${w.takeBack}</button>`;
  }
  return html`${asked && html`<p class="soft">${w.stays}</p>`}<button type="button" class="link" onClick=${() => go('ask-to-move', { session: one.id })}>${w.move}</button>`;
}

/** @param {string} path what is taken back, from its session on */
export async function takeBack(path) {
  return attempt(async () => {
    await asPerson('DELETE', `sessions/${path}`);
    await refresh('sessions');
  });
}
