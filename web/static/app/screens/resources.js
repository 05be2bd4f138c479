// Help outside of the clinic, as the clinic knows of it: found by words and by kind, also offline.

import { Field, Select } from '../controls.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { html, signal } from '../view.js';
import { onDay, say, words } from '../words.js';
import { digits } from './help.js';

/** @typedef {import('../types').Api.CommunityResourceOut} Resource */

/** All of them: a clinic has no more. */
const ALL = 'resources?limit=200';

/**
 * Return text as it is compared: without accents, and in small letters.
 * @param {string} text
 */
export const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * Find those of a kind in which each word stands, by name.
 * @param {Resource[]} all @param {string} query @param {string} kind
 */
export function matching(all, query, kind) {
  const sought = folded(query).split(/\s+/).filter(Boolean);
  return all.filter((one) => {
    const said = folded([one.name, one.description, one.region].join(' '));
    return (kind === '' || one.kind === kind) && sought.every((word) => said.includes(word));
  }).sort((a, b) => a.name.localeCompare(b.name));
}

/** @type {import('../router.js').Opener} */
export function resources() {
  void refresh(ALL);
  const query = signal('');
  const kind = signal('');
  return {
    title: () => words.value.resources.title,
    view: () => {
      const w = words.value.resources;
      /** @type {Resource[] | undefined} */
      const all = copyOf(ALL)?.body.results;
      if (!all) return html`<p class="soft">${faultOf(ALL) ? words.value.common.notLoaded : words.value.common.loading}</p>`;
      if (all.length === 0) return html`<p>${w.none}</p>`;
      const found = matching(all, query.value, kind.value);
      const there = Object.entries(w.kinds).filter(([code]) => all.some((one) => one.kind === code));
      return html`<div><p class="lead">${w.lead}</p>
        <${Field} label=${w.search} value=${query} type="search" most=${60} />
        <${Select} label=${w.kind} value=${kind} options=${[['', w.all], ...there]} />
        <p class="unseen" role="status">${say(w.found, { n: found.length })}</p>
        ${found.length === 0 && html`<p>${w.nothing}</p>`}
        ${found.map((one) => html`<${Resource} key=${one.id} of=${one} />`)}</div>`;
    },
  };
}

/** @param {{of: Resource}} one */
function Resource({ of }) {
  const w = words.value.resources;
  const kind = /** @type {Record<string, string>} */ (w.kinds)[of.kind];
  return html`<section class="card"><h2>${of.name}</h2>
    <p class="soft">${[kind, of.region].filter(Boolean).join(' · ')}</p>
    ${of.description && html`<p>${of.description}</p>`}
    ${of.address && html`<p class="as-lines">${of.address}</p>`}
    ${of.hours.length > 0 && html`<p class="as-lines">${of.hours.join('\n')}</p>`}
    ${of.languages.length > 0 && html`<p class="soft">${say(w.languages, { names: of.languages.map(languageName).join(', ') })}</p>`}
    ${(of.phone || of.website) && html`<p class="row">
      ${of.phone && html`<a class="call" href=${`tel:${digits(of.phone)}`}>${say(words.value.help.call, { number: of.phone })}</a>`}
      ${of.website && html`<a class="call" href=${of.website} rel="noreferrer">${words.value.help.website}</a>`}</p>`}
    <p class="soft small">${of.verified_at && say(w.checked, { when: onDay(of.verified_at) })} ${of.stale && w.stale}</p></section>`;
}

/** @param {string} tag */
function languageName(tag) {
  try {
    return new Intl.DisplayNames([words.value.tag], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
