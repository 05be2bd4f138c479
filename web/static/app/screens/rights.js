// Who may see what: consents, who looked, a support person, and everything to take along.

import { account, asPerson } from '../account.js';
import { consentText } from '../consent-texts.js';
import { AsOf, Button, Chips, Field, Toggle } from '../controls.js';
import { proven } from '../proof.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { go, replace } from '../router.js';
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
      const places = [['consents', w.consents], ['supporter', w.supporter], ['looks', w.looks], ['exports', w.exports]];
      return html`<ul class="menu">${places.map(([name, title]) => html`<li key=${name}><button type="button" class="line" onClick=${() => go(name)}>${title}</button></li>`)}</ul>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function consents() {
  void refresh('consents');
  const sure = signal('');
  const told = signal('');
  /** @param {Consent} one */
  const revoke = async (one) => {
    told.value = (await attempt(() => asPerson('POST', `consents/${one.id}/revoke`))).words;
    sure.value = '';
    await refresh('consents');
  };
  return {
    title: () => words.value.rights.consents,
    view: () => {
      const w = words.value.rights;
      const copy = copyOf('consents');
      const all = /** @type {Consent[]} */ (copy?.body.results ?? []);
      return html`<div>${!copy && html`<p>${faultOf('consents') ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        ${all.map((one) => html`<section class="card" key=${one.id}><h2>${wordFor(w.purposes, one.purpose)}</h2>
          <p>${say(w.recipient, { name: one.recipient })} ${say(w.covers, { parts: one.scope.map((part) => wordFor(w.scopes, part)).join(', ') })}</p>
          <p class="soft">${say(w.agreedOn, { when: onDay(one.agreed_at), version: one.version })} ${endOf(one)}</p>
          ${one.terms && html`<p class="soft small" lang="en">${one.terms}</p>`}
          ${one.revoked_at ? html`<p>${say(w.revoked, { when: onDay(one.revoked_at) })}</p>` : html`<div><p class="soft small" lang="en">${one.revocation}</p>
            ${sure.value === one.id ? html`<div class="notice warn"><p>${w.revokeSure}</p><${Button} warn label=${w.revokeNow} onPress=${() => revoke(one)} />
                <${Button} quiet label=${words.value.common.keep} onPress=${() => { sure.value = ''; }} /></div>`
              : html`<${Button} quiet label=${w.revoke} onPress=${() => { sure.value = one.id; }} />`}
            ${one.purpose === 'family_support' && html`<${Code} consent=${one.id} />`}</div>`}</section>`)}</div>`;
    },
  };
}

/** @param {Consent} one */
function endOf(one) {
  const w = words.value.rights;
  if (one.expires_at) return say(w.ends, { when: onDay(one.expires_at) });
  return one.expires_event ? w.endsEvent : '';
}

/** What makes a code for a support person, by consent: it stays while the screen does. */
/** @type {Map<string, {code: import('../vendor/signals-core').Signal<string>, work: ReturnType<typeof proven>}>} */
const codes = new Map();

/** @param {{consent: string}} of */
function Code({ consent }) {
  const w = words.value.rights;
  let made = codes.get(consent);
  if (!made) {
    const code = signal('');
    made = { code, work: proven(async () => { code.value = (await asPerson('POST', `consents/${consent}/invite`)).body.invite_code; }) };
    codes.set(consent, made);
  }
  const { code, work } = made;
  return html`<div>${code.value ? html`<p>${w.codeIs}</p><p class="code">${code.value}</p><p class="soft">${say(w.joinAt, { url: `${location.origin}/review/join/` })}</p>`
    : html`<${Button} quiet label=${w.invite} onPress=${work.act} />`}${work.view()}</div>`;
}

/** @type {import('../router.js').Opener} */
export function supporter() {
  const name = signal('');
  const parts = signal(/** @type {string[]} */ ([]));
  const end = signal(['end_of_treatment']);
  const date = signal('');
  const signed = signal('');
  const told = signal('');
  const consent = signal(/** @type {import('../consent-texts.js').ConsentText | null} */ (null));
  void attempt(async () => { consent.value = await consentText('family_support'); }).then((outcome) => { told.value = outcome.words; });
  const give = async () => {
    if (consent.value === null) return;
    const ends = end.value[0] === 'date' ? { expires_at: `${date.value}T23:59:00Z` } : { expires_event: 'end_of_treatment' };
    const body = {
      purpose: 'family_support', version: consent.value.version, agreed: true, signed_name: signed.value.trim(),
      recipient: name.value.trim(), scope: parts.value, ...ends,
    };
    const outcome = await attempt(() => asPerson('POST', 'consents', { body }));
    told.value = outcome.words;
    if (outcome.isDone) replace('consents');
  };
  return {
    isForm: true,
    title: () => words.value.rights.supporter,
    view: () => {
      const w = words.value.rights;
      return html`<div>${consent.value?.text.map((part) => html`<p class="part">${part}</p>`)}
        ${consent.value && html`<p class="soft small">${say(words.value.enroll.consentVersion, { version: consent.value.version })}</p>`}
        <${Field} label=${w.name} value=${name} most=${120} />
        <${Chips} label=${w.parts} value=${parts} most=${3} options=${PARTS.map((part) => [part, w.scopes[part]])} />
        <${Chips} label=${w.until} value=${end} options=${[['end_of_treatment', w.untilEnd], ['date', w.untilDate]]} />
        ${end.value[0] === 'date' && html`<${Field} label=${w.untilDate} type="date" value=${date} />`}
        <${Field} label=${w.signed} value=${signed} most=${120} hint=${account.value?.user.display_name} />
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
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
