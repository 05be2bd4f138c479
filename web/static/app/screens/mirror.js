// The coming page of a session, as the therapist is going to read it: strike lines, add some.
// Only with a connection: what is shown as struck has to be struck, whenever the page is opened.

import { asPerson } from '../account.js';
import { now } from '../clock.js';
import { AsOf, Button, Field } from '../controls.js';
import { copyOf, faultOf, forgetCopy, keepCopy, refresh } from '../reads.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { say, when, words } from '../words.js';

/** @typedef {import('../types').Api.MirrorOut} Mirror */
/** @typedef {Mirror['sections'][number]['lines'][number]} Line */

/** @param {string} id */
const pathOf = (id) => `sessions/${id}/mirror`;

/** Forget the pages of sessions that are over: nobody strikes anything of them any more. */
async function forgetOld() {
  /** @type {import('../types').Api.SessionOut[]} */
  const all = copyOf('sessions')?.body.results ?? [];
  const over = all.filter((one) => one.starts_at < now().toISOString() && copyOf(pathOf(one.id)));
  for (const one of over) await forgetCopy(pathOf(one.id));
}

/** @type {import('../router.js').Opener} */
export function mirror({ session }) {
  const path = pathOf(session ?? '');
  const text = signal('');
  const told = signal('');
  const busy = signal(false);
  /** What the last change made of it, also where the phone has no room for a copy. */
  const latest = signal(/** @type {Mirror | null} */ (null));
  void refresh(path);
  void forgetOld();
  /** @param {Record<string, any>} body */
  const change = async (body) => {
    busy.value = true;
    const outcome = await attempt(async () => {
      latest.value = (await asPerson('POST', path, { body })).body;
      await keepCopy(path, latest.value);
    });
    busy.value = false;
    told.value = outcome.words;
    return outcome.isDone;
  };
  const add = async () => {
    const words = text.value.trim().replace(/\s+/g, ' ');
    if (words && await change({ add: [{ text: words }] })) text.value = '';
  };
  return {
    isForm: true,
    title: () => words.value.mirror.title,
    view: () => {
      const w = words.value.mirror;
      const copy = copyOf(path);
      const fault = faultOf(path);
      /** @type {Mirror | undefined} */
      const page = latest.value ?? copy?.body;
      if (!page) return html`<p>${fault === 'offline' ? words.value.common.notLoaded : fault || words.value.common.loading}</p>`;
      const session = copyOf('sessions')?.body.results.find((/** @type {{id: string}} */ one) => one.id === page.session);
      return html`<div>
        <p class="lead">${session && say(w.before, { when: when(session.starts_at) })} ${w.lead}</p>
        <p class="soft">${w.stays} ${w.inEnglish}</p>
        ${fault && copy && html`<${AsOf} since=${when(copy.at)} />`}
        ${fault && fault !== 'offline' && html`<p class="error" lang="en">${fault}</p>`}
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        <section class="card"><h2>${w.own}</h2>
          ${page.added.map((line) => html`<div class="row" key=${line.id}><p>${line.text}</p>
            <button type="button" class="link" aria-label=${`${w.takeOff}: ${line.text}`} onClick=${() => change({ remove: [line.id] })}>${w.takeOff}</button></div>`)}
          ${page.added.length < 3 && html`<${Field} label=${w.add} value=${text} most=${140} hint=${w.addHint} />
            <${Button} label=${w.addNow} busy=${busy.value} onPress=${add} />`}</section>
        ${page.sections.filter((part) => part.lines.length > 0).map((part) => html`<section key=${part.key}>
          <h2>${/** @type {Record<string, string>} */ (w.sections)[part.key] ?? part.title}</h2>
          ${part.lines.some((line) => line.fixed) && html`<p class="soft">${part.lines[0]?.fixed === 'safety' ? w.safety : w.frame}</p>`}
          ${part.lines.map((line) => html`<${OneLine} key=${line.id} line=${line} change=${change} />`)}</section>`)}</div>`;
    },
  };
}

/** @param {{line: Line, change: (body: Record<string, any>) => unknown}} of */
function OneLine({ line, change }) {
  const w = words.value.mirror;
  const act = line.struck ? w.putBack : w.strike;
  return html`<div class="place-line"><p lang="en">${line.struck ? html`<s>${line.text}</s>` : line.text}</p>
    ${line.therapist_reads && line.therapist_reads !== line.text && html`<p class="soft small">${w.they} <span lang="en">${line.therapist_reads}</span></p>`}
    ${line.struck && html`<p class="soft small">${w.struck}</p>`}
    ${!line.fixed && html`<button type="button" class="link" aria-label=${`${act}: ${line.text}`}
      onClick=${() => change(line.struck ? { restore: [line.id] } : { strike: [line.id] })}>${act}</button>`}</div>`;
}
