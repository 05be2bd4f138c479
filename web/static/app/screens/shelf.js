// What waits on this phone: unsent, refused with the reason in words, and changed in two places.

import { unsentActs } from '../acts.js';
import { Button, errorText } from '../controls.js';
import { describe, valueText } from '../entries.js';
import { PLANS } from '../outbox.js';
import { go } from '../router.js';
import { decide, flush, letGo, waiting } from '../sync.js';
import { html, signal } from '../view.js';
import { say, when, words } from '../words.js';
import { PlansUndecided } from './situations.js';

/** @typedef {import('../types').Item} Item */

/** @type {import('../router.js').Opener} */
export function shelf() {
  const sure = signal('');
  return {
    title: () => words.value.shelf.title,
    view: () => {
      const w = words.value.shelf;
      const items = waiting.value;
      const acts = unsentActs.value;
      const toSend = items.filter((item) => item.state === 'waiting');
      return html`<div><p class="lead">${items.length + acts === 0 ? w.none : w.lead}</p>
        <${PlansUndecided} />
        ${items.filter((item) => item.state === 'refused' && item.id !== PLANS).map((item) => html`<${Refused} key=${item.id} item=${item} sure=${sure} />`)}
        ${items.filter((item) => item.state === 'conflict' && item.id !== PLANS).map((item) => html`<${Conflict} key=${item.id} item=${item} />`)}
        ${toSend.length + acts > 0 && html`<section class="card"><h2>${w.waiting}</h2>
          <ul class="plain">${toSend.map((item) => html`<li key=${item.id}>${lineOf(item)}</li>`)}${acts > 0 && html`<li>${say(w.acts, { n: acts })}</li>`}</ul>
          <${Button} label=${w.sendNow} onPress=${flush} /></section>`}</div>`;
    },
  };
}

/** @param {Item} item */
function lineOf(item) {
  const at = item.op.occurred_at ? `, ${when(item.op.occurred_at)}` : '';
  return item.op.deleted ? `${describe(item.op)}: ${words.value.status.deleted}` : describe(item.op) + at;
}

/** @param {{item: Item, sure: import('../vendor/signals-core').Signal<string>}} of */
function Refused({ item, sure }) {
  const w = words.value.shelf;
  return html`<section class="card warn"><h2>${w.refused}</h2><p>${lineOf(item)}</p>
    <ul class="error">${(item.errors ?? []).map((fault) => html`<li>${errorText(fault)}</li>`)}</ul>
    <div class="row"><${Button} label=${w.mend} onPress=${() => go('mend', { id: item.id })} />
    ${sure.value === item.id
      ? html`<p>${w.sureGo}</p><${Button} label=${w.letGo} quiet warn onPress=${() => letGo(item)} />
        <${Button} label=${words.value.common.keep} quiet onPress=${() => { sure.value = ''; }} />`
      : html`<${Button} label=${w.letGo} quiet onPress=${() => { sure.value = item.id; }} />`}</div></section>`;
}

/** @param {{item: Item}} of */
function Conflict({ item }) {
  const w = words.value.shelf;
  const server = item.server ?? null;
  const names = Object.keys(item.op).filter((name) => !['id', 'kind', 'time_zone', 'recorded_at'].includes(name));
  const differing = names.filter((name) => valueText(item.op[name]) !== valueText(server?.[name]));
  /** @param {Record<string, any> | null} version */
  const shown = (version) => (version === null || version.deleted ? html`<p>${w.gone}</p>`
    : html`<dl>${differing.map((name) => html`<div><dt>${name.replaceAll('_', ' ')}</dt><dd>${valueText(version[name])}</dd></div>`)}</dl>`);
  return html`<section class="card warn"><h2>${w.conflict}</h2><p>${lineOf(item)}</p>
    ${server && server.id !== item.id && html`<p>${w.dayTaken}</p>`}
    <h3>${w.mine}</h3>${shown(item.op)}<h3>${w.theirs}</h3>${shown(server)}
    <div class="row"><${Button} label=${w.keepMine} onPress=${() => decide(item, true)} />
    <${Button} label=${w.keepTheirs} quiet onPress=${() => decide(item, false)} /></div></section>`;
}
