// Sessions: when they are, what to bring, and whether somebody read before.

import { asPerson } from '../account.js';
import { minutesBetween, now } from '../clock.js';
import { Button, Field, Slider } from '../controls.js';
import { draft } from '../drafts.js';
import { answered, changed, describe, skillName } from '../entries.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go, replace } from '../router.js';
import { saver } from '../save-bar.js';
import { attempt } from '../saving.js';
import { journal, newEntry } from '../sync.js';
import { html, signal } from '../view.js';
import { say, when, words } from '../words.js';
import { MoveRequest, takeBack } from './schedule.js';

/** @typedef {import('../types').Api.SessionOut} Session */
const URGES = /** @type {const} */ (['use', 'quit_treatment', 'die']);

/** @param {string} [id] */
function agendaOf(id) {
  return [...journal.value.values()].find((entry) => entry.kind === 'pre_session' && entry.session === id && id);
}

/** @type {import('../router.js').Opener} */
export function sessionList() {
  void refresh('sessions');
  const link = signal('');
  const told = signal('');
  const moved = signal('');
  /** @param {string} path */
  const onTakeBack = async (path) => { moved.value = (await takeBack(path)).words; };
  const makeLink = async () => {
    const outcome = await attempt(async () => { link.value = (await asPerson('POST', 'me/calendar')).body.url; });
    told.value = outcome.words;
  };
  return {
    title: () => words.value.sessions.title,
    view: () => {
      const w = words.value.sessions;
      const at = now().toISOString();
      /** @type {Session[]} */
      const all = copyOf('sessions')?.body.results ?? [];
      const byStart = [...all].sort((a, b) => a.starts_at.localeCompare(b.starts_at));
      const bring = [...journal.value.values()].filter((entry) => entry.discuss && !entry.reviewed_at);
      return html`<div>
        ${!copyOf('sessions') && html`<p>${faultOf('sessions') ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        ${moved.value && html`<p class="error" role="alert">${moved.value}</p>`}
        <h2>${w.coming}</h2>
        ${byStart.filter((one) => one.ends_at >= at).map((one) => html`<${Line} key=${one.id} one=${one} isComing onTakeBack=${/** @param {string} what */ (what) => onTakeBack(one.id + what)} />`)}
        ${copyOf('sessions') && !byStart.some((one) => one.ends_at >= at) && html`<p class="soft">${w.none}</p>`}
        ${bring.length > 0 && html`<section class="card"><h2>${w.bring}</h2><ul class="plain">${bring.map((entry) => html`<li key=${entry.id}>${describe(entry)}</li>`)}</ul></section>`}
        ${byStart.some((one) => one.ends_at < at) && html`<h2>${w.before}</h2>`}
        ${byStart.filter((one) => one.ends_at < at).reverse().map((one) => html`<${Line} key=${one.id} one=${one} />`)}
        <section class="off-paper"><h2>${w.calendar}</h2><p class="soft">${w.calendarLead}</p>
          ${link.value ? html`<p><a href=${link.value.replace(/^https?:/, 'webcal:')}>${link.value}</a></p>` : html`<${Button} quiet label=${w.calendarMake} onPress=${makeLink} />`}
          ${told.value && html`<p class="error" role="alert">${told.value}</p>`}</section></div>`;
    },
  };
}

/** @param {{one: Session, isComing?: boolean, onTakeBack?: (what: string) => void}} of */
function Line({ one, isComing = false, onTakeBack = () => undefined }) {
  const w = words.value.sessions;
  const agenda = agendaOf(one.id);
  return html`<section class="card"><h3>${when(one.starts_at)}</h3>
    <p>${one.title || w.kinds[one.kind]}${one.place && `, ${one.place}`}${one.cancelled && `. ${w.cancelled}`}</p>
    ${one.taught && html`<p class="soft">${taughtText(one.taught)}</p>`}
    ${(one.invited ?? []).map((guest) => html`<p key=${guest.id}>${say(w.invited, guest)} ${isComing && html`<button type="button" class="link" onClick=${() => onTakeBack(`/invited/${guest.id}`)}>${say(w.takeOff, guest)}</button>`}</p>`)}
    ${one.opened_at && html`<p class="soft">${say(w.opened, { when: when(one.opened_at) })}</p>`}
    ${agenda?.agenda && html`<p class="soft">${say(w.agendaSaved, { text: agenda.agenda })}</p>`}
    ${!isComing && !one.cancelled && minutesBetween(one.starts_at, now()) < 20_160 && html`<button type="button" class="link" onClick=${() => go('feedback', { session: one.id })}>${words.value.care.feedback}</button>`}
    ${isComing && !one.cancelled && html`<button type="button" class="link" onClick=${() => go('agenda', { session: one.id })}>${w.agenda}</button>`}
    ${isComing && !one.cancelled && !one.group && one.starts_at > now().toISOString() && html`<button type="button" class="link" onClick=${() => go('mirror', { session: one.id })}>${w.mirror}</button>`}
    ${isComing && !one.cancelled && !one.group && one.starts_at > now().toISOString() && html`<${MoveRequest} one=${one} onTakeBack=${() => onTakeBack('/move-request')} />`}</section>`;
}

/** @type {import('../router.js').Opener} */
export function agenda({ session, origin }) {
  const next = /** @type {Session[]} */ (copyOf('sessions')?.body.results ?? []).filter((one) => !one.cancelled && one.starts_at > now().toISOString())
    .sort((a, b) => a.starts_at.localeCompare(b.starts_at))[0];
  const of = session ?? next?.id;
  const before = agendaOf(of);
  const kept = draft(`agenda/${of ?? ''}`, {
    agenda: before?.agenda ?? '', went_well: before?.went_well ?? '', use: before?.coming_in?.use ?? null,
    quit_treatment: before?.coming_in?.quit_treatment ?? null, die: before?.coming_in?.die ?? null,
  });
  const f = kept.fields;
  const { bar } = saver({
    make: () => {
      const said = kept.read();
      const fields = answered({ agenda: said.agenda, went_well: said.went_well, coming_in: answered({ use: said.use, quit_treatment: said.quit_treatment, die: said.die }), session: of });
      const saved = agendaOf(of);
      if (Object.keys(fields).filter((name) => name !== 'session').length === 0) return null;
      return saved ? changed(saved, { agenda: null, went_well: null, coming_in: null, ...fields }) : newEntry('pre_session', fields, origin);
    },
    then: async (op) => {
      await kept.clear();
      if (Number(op.coming_in?.die ?? 0) > 0) replace('help');
      else back();
    },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.sessions.agenda,
    view: () => {
      const w = words.value.sessions;
      return html`<div>
        <${Field} label=${w.agenda} value=${f.agenda} rows=${4} most=${280} hint=${w.agendaHint} />
        ${bar(words.value.common.save)}
        ${URGES.map((name) => html`<${Slider} key=${name} label=${`${w.comingIn} ${w.urge[name]}`} value=${f[name]} max=${5} ends=${words.value.diary.ends} />`)}
        <${Field} label=${w.wentWell} value=${f.went_well} rows=${3} />
        ${bar(words.value.common.save)}</div>`;
    },
  };
}

/** @param {import('../types').Api.TaughtOut} taught */
function taughtText(taught) {
  const theme = taught.own_words || words.value.sessions.themes[taught.theme];
  return `${theme}: ${[taught.text, ...taught.skills.map((slug) => skillName(slug))].join(' · ')}`;
}
