// Who may see what: consents, who looked, a support person, and everything to take along.

import { account, asPerson } from '../account.js';
import { now } from '../clock.js';
import { consentText } from '../consent-texts.js';
import { AsOf, Button, Chips, Field, Toggle } from '../controls.js';
import { proven } from '../proof.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go } from '../router.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { onDay, say, when, wordFor, words } from '../words.js';

/** @typedef {import('../types').Api.ConsentOut} Consent */
const LOOKS = 'access-log?limit=100';
const PARTS = /** @type {const} */ (['session_times', 'days_logged', 'skills_practised']);

/** @type {import('../router.js').Opener} */
export function rights() {
  return {
    title: () => words.value.rights.title,
    view: () => {
      const w = words.value.rights;
      /** @type {[string, string][]} */
      const places = [['consents', w.consents], ['supporters', w.supporters], ['handovers', w.handovers], ['looks', w.looks], ['exports', w.exports], ['privacy', w.privacy]];
      return html`<ul class="menu">${places.map(([name, title]) => html`<li key=${name}><button type="button" class="line" onClick=${() => go(name)}>${title}</button></li>`)}</ul>`;
    },
  };
}

/** Taking a consent back, after it was asked about: what both lists of consents do. */
function revoking() {
  const sure = signal('');
  const told = signal('');
  /** @param {Consent} one */
  const revoke = async (one) => {
    told.value = (await attempt(() => asPerson('POST', `consents/${one.id}/revoke`))).words;
    sure.value = '';
    await refresh('consents');
  };
  return {
    told,
    /** @param {Consent} one @param {string} warning */
    view: (one, warning) => {
      const w = words.value.rights;
      if (sure.value !== one.id) return html`<${Button} quiet label=${w.revoke} onPress=${() => { sure.value = one.id; }} />`;
      return html`<div class="notice warn"><p>${warning}</p><${Button} warn label=${w.revokeNow} onPress=${() => revoke(one)} />
        <${Button} quiet label=${words.value.common.keep} onPress=${() => { sure.value = ''; }} /></div>`;
    },
  };
}

/** The consents as they were read last, and what to say while there are none. */
function readConsents() {
  const copy = copyOf('consents');
  return {
    all: /** @type {Consent[]} */ (copy?.body.results ?? []),
    missing: !copy && html`<p>${faultOf('consents') ? words.value.common.notLoaded : words.value.common.loading}</p>`,
    stale: copy && faultOf('consents') && html`<${AsOf} since=${when(copy.at)} />`,
  };
}

/** @type {import('../router.js').Opener} */
export function consents() {
  void refresh('consents');
  const taking = revoking();
  return {
    title: () => words.value.rights.consents,
    view: () => {
      const w = words.value.rights;
      const { all, missing, stale } = readConsents();
      return html`<div>${missing}${stale}
        ${taking.told.value && html`<p class="error" role="alert">${taking.told.value}</p>`}
        ${all.map((one) => html`<section class="card" key=${one.id}><h2>${wordFor(w.purposes, one.purpose)}</h2>
          <p>${say(w.recipient, { name: one.recipient })} ${say(w.covers, { parts: partsOf(one) })}</p>
          <p class="soft">${say(w.agreedOn, { when: onDay(one.agreed_at), version: one.version })} ${endOf(one)}</p>
          ${one.text && html`<details><summary>${w.signedText}</summary><div class="soft small" lang=${one.language}>${one.text.split(/\n\n+/).map((part) => html`<p>${part}</p>`)}</div></details>`}
          ${one.revoked_at ? html`<p>${say(w.revoked, { when: onDay(one.revoked_at) })}</p>`
            : html`<p class="soft small">${one.revocation}</p>${taking.view(one, one.purpose === 'family_support' ? w.supporterSure : w.revokeSure)}`}</section>`)}</div>`;
    },
  };
}

/** @param {Consent} one */
function partsOf(one) {
  return one.scope.map((part) => wordFor(words.value.rights.scopes, part)).join(', ');
}

/** @param {Consent} one */
function endOf(one) {
  const w = words.value.rights;
  if (one.expires_at) return say(w.ends, { when: onDay(one.expires_at) });
  return one.expires_event ? w.endsEvent : '';
}

/** @param {Consent} one */
function isOver(one) {
  return one.revoked_at !== null || (one.expires_at !== null && Date.parse(one.expires_at) <= now().getTime());
}

/**
 * What makes a code for one support person: shown once, on the screen where it was made.
 * @param {string} consent
 */
function coding(consent) {
  const code = signal('');
  const work = proven(async () => { code.value = (await asPerson('POST', `consents/${consent}/invite`)).body.invite_code; });
  return () => {
    const w = words.value.rights;
    return html`<div>${code.value ? html`<div role="status"><p>${w.codeIs}</p><p class="code">${code.value}</p>
        <p>${say(w.joinAt, { url: `${location.origin}/review/join/` })}</p><p class="soft">${w.codeOnce}</p></div>`
      : html`<${Button} quiet label=${w.invite} onPress=${work.act} />`}${work.view()}</div>`;
  };
}

/** @type {import('../router.js').Opener} */
export function supporters() {
  void refresh('consents');
  const taking = revoking();
  /** @type {Map<string, ReturnType<typeof coding>>} */
  const codes = new Map();
  /** @param {string} consent */
  const codeOf = (consent) => {
    if (!codes.has(consent)) codes.set(consent, coding(consent));
    return codes.get(consent)?.();
  };
  return {
    title: () => words.value.rights.supporters,
    view: () => {
      const w = words.value.rights;
      const { all, missing, stale } = readConsents();
      const named = all.filter((one) => one.purpose === 'family_support');
      const held = named.filter((one) => !isOver(one));
      const over = named.filter(isOver);
      return html`<div><p class="lead">${w.supportersLead}</p>${missing}${stale}
        ${taking.told.value && html`<p class="error" role="alert">${taking.told.value}</p>`}
        ${!missing && held.length === 0 && html`<p>${w.noSupporters}</p>`}
        ${held.map((one) => html`<section class="card" key=${one.id}><h2>${one.recipient}</h2>
          <p>${say(w.sees, { parts: partsOf(one) })} ${endOf(one)}</p>
          ${one.joined_at ? html`<p>${say(w.joined, { when: onDay(one.joined_at) })}</p>` : html`<p>${w.notJoined}</p>${codeOf(one.id)}`}
          ${taking.view(one, w.supporterSure)}</section>`)}
        <${Button} label=${w.supporter} onPress=${() => go('supporter')} />
        ${over.length > 0 && html`<section><h2>${w.over}</h2>${over.map((one) => html`<p class="place-line" key=${one.id}><b>${one.recipient}</b><br />
          <span class="soft">${one.revoked_at ? say(w.revoked, { when: onDay(one.revoked_at) }) : endOf(one)}</span></p>`)}</section>`}</div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function supporter() {
  const { name, parts, supporter: title } = words.value.rights;
  return agreeing({ purpose: 'family_support', offered: PARTS, endsByDay: false }, () => ({ title, name, parts }));
}

/**
 * A consent to be agreed to: its text, for whom, which parts, until when, and the signature.
 * @param {{purpose: 'family_support' | 'handover', offered: readonly (keyof typeof words.value.rights.scopes)[], endsByDay: boolean}} what
 * @param {() => {title: string, name: string, parts: string}} labels
 */
export function agreeing({ purpose, offered, endsByDay }, labels) {
  const name = signal('');
  const parts = signal(/** @type {string[]} */ ([]));
  const end = signal([endsByDay ? 'date' : 'end_of_treatment']);
  const date = signal('');
  const signed = signal('');
  const told = signal('');
  const consent = signal(/** @type {import('../consent-texts.js').ConsentText | null} */ (null));
  const read = async () => { told.value = (await attempt(async () => { consent.value = await consentText(purpose); })).words; };
  void read();
  const give = async () => {
    const w = words.value.rights;
    if (consent.value === null) return read();
    const isByDate = end.value[0] === 'date';
    told.value = parts.value.length === 0 ? w.chooseParts : isByDate && !date.value ? w.chooseDate : '';
    if (told.value) return;
    const { version, language } = consent.value;
    const ends = isByDate ? { expires_at: new Date(`${date.value}T23:59:00`).toISOString() } : { expires_event: 'end_of_treatment' };
    const body = {
      purpose, version, language, agreed: true, signed_name: signed.value.trim(),
      recipient: name.value.trim(), scope: parts.value, ...ends,
    };
    const outcome = await attempt(() => asPerson('POST', 'consents', { body }));
    // Another text is in force since this one was read: it is shown, and asked about anew.
    if (outcome.code === 'consent_version') {
      await read();
      scrollTo(0, 0);
    }
    told.value ||= outcome.code === 'consent_version' ? words.value.errors.consent_version : outcome.words;
    if (!outcome.isDone) return;
    await refresh('consents');
    back();
  };
  return {
    isForm: true,
    title: () => labels().title,
    view: () => {
      const w = words.value.rights;
      return html`<div>
        ${told.value && html`<p class="notice warn" role="alert">${told.value}</p>`}
        <div lang=${consent.value?.language}>${consent.value?.text.map((part) => html`<p class="part">${part}</p>`)}</div>
        ${consent.value && html`<p class="soft small">${say(words.value.enroll.consentVersion, { version: consent.value.version })}</p>`}
        <${Field} label=${labels().name} value=${name} most=${120} />
        <${Chips} label=${labels().parts} value=${parts} most=${offered.length} options=${offered.map((part) => [part, w.scopes[part]])} />
        ${!endsByDay && html`<${Chips} label=${w.until} value=${end} options=${[['end_of_treatment', w.untilEnd], ['date', w.untilDate]]} />`}
        ${end.value[0] === 'date' && html`<${Field} label=${endsByDay ? w.until : w.untilDate} type="date" value=${date} />`}
        <${Field} label=${w.signed} value=${signed} most=${120} hint=${account.value?.user.display_name} />
        <${Button} label=${w.give} onPress=${give} /></div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function looks() {
  void refresh(LOOKS);
  const isMine = signal(/** @type {string[]} */ ([]));
  return {
    title: () => words.value.rights.looks,
    view: () => {
      const w = words.value.rights;
      const copy = copyOf(LOOKS);
      const everything = /** @type {import('../types').Api.LookOut[]} */ (copy?.body.results ?? []);
      const all = everything.filter((one) => isMine.value.length > 0 || one.role !== 'patient');
      return html`<div>${!copy && html`<p>${faultOf(LOOKS) ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        ${copy && all.length === 0 && html`<p>${w.noLooks}</p>`}
        ${faultOf(LOOKS) && copy && html`<${AsOf} since=${when(copy.at)} />`}
        <${Toggle} label=${w.mine} value=${isMine} />
        <div lang="en">${all.map((one) => html`<p class="place-line" key=${one.at + one.who}><b>${one.who}</b> ${one.action}: ${one.what}<br />
          <span class="soft">${when(one.at)}${one.why && `. ${one.why}`}</span></p>`)}</div></div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function exportsScreen() {
  void refresh('exports');
  const make = proven(async () => {
    await asPerson('POST', 'exports', { body: {} });
    await refresh('exports');
  });
  let wanted = { id: '', format: '' };
  const download = proven(async () => {
    const { body } = await asPerson('GET', `exports/${wanted.id}?format=${wanted.format}`);
    const text = typeof body === 'string' ? body : JSON.stringify(body, null, 1);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
    link.download = `export.${wanted.format === 'csv' ? 'csv' : 'json'}`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  // While one is being made, look again now and then.
  const looking = setInterval(() => {
    const [newest] = copyOf('exports')?.body.results ?? [];
    if (newest && ['waiting', 'making'].includes(newest.status)) void refresh('exports');
  }, 5000);
  return {
    leave: () => clearInterval(looking),
    title: () => words.value.rights.exports,
    view: () => {
      const w = words.value.rights;
      const all = /** @type {import('../types').Api.ExportOut[]} */ (copyOf('exports')?.body.results ?? []);
      const [newest] = all;
      return html`<div><p class="lead">${w.exportLead}</p>
        ${newest?.status === 'ready' && html`<section class="card"><p>${say(w.exportReady, { when: when(newest.expires_at ?? newest.requested_at) })}</p>
          ${newest.formats.map((format) => html`<${Button} key=${format} quiet label=${say(w.download, { format: format.toUpperCase() })} onPress=${() => { wanted = { id: newest.id, format }; return download.act(); }} />`)}
          <p class="soft small" lang="en">${newest.not_included.join(' ')}</p></section>`}
        ${newest && ['waiting', 'making'].includes(newest.status) ? html`<p class="notice" role="status">${w.exportMaking}</p>` : html`<${Button} label=${w.exportMake} onPress=${make.act} />`}
        ${make.view()}${download.view()}</div>`;
    },
  };
}
