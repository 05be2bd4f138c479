// What goes to the next team, the notice of privacy, and what the clinic is asked not to do.

import { asPerson } from '../account.js';
import { AsOf, Button, Field } from '../controls.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { go } from '../router.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { onDay, say, when, wordFor, words } from '../words.js';
import { agreeing } from './rights.js';

/** @typedef {import('../types').Api.HandoverOut} Handover */
/** @typedef {import('../types').Api.RestrictionOut} Restriction */
const OFFERED = /** @type {const} */ (['level', 'plan', 'skills', 'measures', 'medicines', 'aftercare', 'safety_plan']);

/** @param {string} path */
function stateOf(path) {
  const copy = copyOf(path);
  return {
    missing: !copy && html`<p>${faultOf(path) ? words.value.common.notLoaded : words.value.common.loading}</p>`,
    stale: copy && faultOf(path) && html`<${AsOf} since=${when(copy.at)} />`,
  };
}

/** @param {readonly string[]} parts */
function partsOf(parts) {
  return parts.map((part) => wordFor(words.value.rights.scopes, part)).join(', ');
}

/** @type {import('../router.js').Opener} */
export function handovers() {
  void refresh('handovers');
  const sure = signal('');
  const told = signal('');
  /** @param {Handover} one */
  const revoke = async (one) => {
    told.value = (await attempt(() => asPerson('DELETE', `handovers/${one.id}`))).words;
    sure.value = '';
    await refresh('handovers');
  };
  /** @param {Handover} one */
  const ending = (one) => {
    const w = words.value.rights;
    if (sure.value !== one.id) return html`<${Button} quiet label=${w.endLink} onPress=${() => { sure.value = one.id; }} />`;
    return html`<div class="notice warn"><p>${w.endLinkSure}</p><${Button} warn label=${w.endLinkNow} onPress=${() => revoke(one)} />
      <${Button} quiet label=${words.value.common.keep} onPress=${() => { sure.value = ''; }} /></div>`;
  };
  return {
    title: () => words.value.rights.handovers,
    view: () => {
      const w = words.value.rights;
      const { missing, stale } = stateOf('handovers');
      const body = /** @type {import('../types').Api.HandoversOut | undefined} */ (copyOf('handovers')?.body);
      return html`<div><p class="lead">${w.handoversLead}</p>${missing}${stale}
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        ${body && body.results.length === 0 && html`<p>${w.noHandovers}</p>`}
        ${body?.results.map((one) => html`<section class="card" key=${one.id}><h2>${one.recipient}</h2>
          <p>${say(w.covers, { parts: partsOf(one.parts) })}</p>
          <p class="soft">${say(w.handedOn, { when: onDay(one.made_at) })} ${one.open ? say(w.opensUntil, { when: onDay(one.expires_at) }) : w.linkOver} ${say(w.opened, { n: one.fetches })}</p>
          ${one.open && ending(one)}</section>`)}
        <${Button} label=${w.handover} onPress=${() => go('handover')} /></div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function handover() {
  return agreeing({ purpose: 'handover', offered: OFFERED, endsByDay: true }, () => {
    const w = words.value.rights;
    return { title: w.handover, name: w.handoverName, parts: w.handoverParts };
  });
}

/** @type {import('../router.js').Opener} */
export function privacy() {
  void refresh('notice');
  void refresh('restriction-requests');
  const asked = signal('');
  const told = signal('');
  const busy = signal(false);
  const ask = async () => {
    if (!asked.value.trim()) { told.value = words.value.errors.required; return; }
    busy.value = true;
    const outcome = await attempt(() => asPerson('POST', 'restriction-requests', { body: { text: asked.value.trim() } }));
    busy.value = false;
    told.value = outcome.words;
    if (!outcome.isDone) return;
    asked.value = '';
    await refresh('restriction-requests');
  };
  return {
    isForm: true,
    title: () => words.value.rights.privacy,
    view: () => {
      const w = words.value.rights;
      const notice = /** @type {import('../types').Api.NoticeOut | undefined} */ (copyOf('notice')?.body);
      const requests = /** @type {Restriction[]} */ (copyOf('restriction-requests')?.body.results ?? []);
      return html`<div>${stateOf('notice').missing}${stateOf('notice').stale}
        ${notice && html`<div lang=${notice.language}>${notice.text.split(/\n\n+/).map((part) => html`<p class="part">${part}</p>`)}</div>
          <p class="soft small">${say(w.noticeSince, { when: onDay(notice.in_force_since), version: notice.version })}</p>`}
        <h2>${w.restrict}</h2><p>${w.restrictLead}</p>
        ${requests.map((one) => html`<section class="card" key=${one.id}><p>${one.text}</p>
          <p class="soft">${say(w.askedOn, { when: onDay(one.asked_at) })}</p>
          <p>${one.answer ? say(wordFor(w.answers, one.answer), { when: onDay(one.answered_at ?? ''), name: one.answered_by, reason: one.reason ?? '' }) : w.notAnswered}</p></section>`)}
        <${Field} label=${w.restrictText} value=${asked} rows=${3} most=${1000} />
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        <${Button} label=${w.restrictSend} busy=${busy.value} onPress=${ask} />
        <h2>${w.complain}</h2><p>${w.complainHow}</p></div>`;
    },
  };
}
