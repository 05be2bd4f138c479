// A craving: saved at the first touch, changed while one looks at it, and more only if one likes.

import { minutesBetween, now } from '../clock.js';
import { Button, Chips, Field, Slider, Toggle } from '../controls.js';
import { draft } from '../drafts.js';
import { answered, changed, skillName, skills } from '../entries.js';
import { dismiss } from '../follow-ups.js';
import { copyOf } from '../reads.js';
import { back, go, replace } from '../router.js';
import { saver } from '../save-bar.js';
import { keepEntry, savedText, undone } from '../saving.js';
import { journal, newEntry } from '../sync.js';
import { effect, html, signal } from '../view.js';
import { say, wordFor, words } from '../words.js';

/** After so long without another touch a change is kept. */
const PAUSE = 500;

/** @returns {string[]} */
function targets() {
  /** @type {import('../types').Api.TargetsOut | undefined} */
  const told = copyOf('targets')?.body;
  const used = [...journal.value.values()].filter((entry) => entry.kind === 'craving').map((entry) => entry.target);
  return [...new Set([...(told?.targets ?? []), ...used, ...(told?.offered.targets ?? []), 'alcohol'])].slice(0, 6);
}

/** @type {import('../router.js').Opener} */
export function craving({ origin }) {
  const [first = 'alcohol'] = targets();
  const entry = newEntry('craving', { intensity: 0, target: first }, origin);
  const intensity = signal(/** @type {number | null} */ (null));
  const target = signal([first]);
  const other = signal('');
  const isOther = signal(false);
  const known = targets();
  let isSaved = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const keep = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (intensity.value === null) return;
    const saved = journal.value.get(entry.id);
    const values = { intensity: intensity.value, target: (isOther.value && other.value.trim()) || target.value[0] || first };
    // Taken back by "Undo": another touch begins it again.
    isSaved = await keepEntry(changed(isSaved && saved ? saved : entry, values));
  };
  /** @param {boolean} isFinal */
  const touched = (isFinal) => {
    clearTimeout(timer);
    timer = setTimeout(() => void keep(), isFinal && !isSaved ? 0 : PAUSE);
  };
  const stop = effect(() => {
    if (undone.value !== entry.id) return;
    undone.value = '';
    isSaved = false;
    intensity.value = null;
  });
  /** @param {string} name */
  const then = async (name) => {
    await keep();
    go(name, { id: entry.id });
  };
  return {
    isForm: true,
    leave: () => {
      stop();
      if (timer !== undefined) void keep();
    },
    title: () => words.value.craving.title,
    view: () => {
      const w = words.value.craving;
      return html`<div>
        <${Slider} big label=${w.title} value=${intensity} max=${10} ends=${w.ends} text=${(/** @type {number} */ n) => w.degrees[n] ?? ''}
          onChoose=${(/** @type {number} */ _, /** @type {boolean} */ isFinal) => touched(isFinal)} />
        <${Chips} label=${w.target} value=${target} onChoose=${() => { isOther.value = target.value[0] === ''; touched(true); }}
          options=${[...known.map((name) => [name, name]), ['', w.other]]} />
        ${isOther.value && html`<${Field} label=${w.otherField} value=${other} most=${60} onInput=${() => touched(false)} />`}
        ${intensity.value !== null && html`<div class="bar">
          <${Button} label=${w.whatNow} onPress=${() => then('now')} />
          <${Button} label=${w.addMore} quiet onPress=${() => then('craving-details')} />
          <${Button} label=${words.value.common.done} quiet onPress=${async () => { await keep(); back(); }} />
          <p class="soft center">${w.later}</p></div>`}
      </div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function andNow({ id }) {
  const entry = journal.value.get(id);
  const after = signal(/** @type {number | null} */ (null));
  const outcome = signal(/** @type {string[]} */ ([]));
  const { bar } = saver({
    make: () => {
      const saved = journal.value.get(id);
      if (!saved || after.value === null) return null;
      const minutes = Math.min(1440, Math.max(5, minutesBetween(saved.occurred_at, now())));
      return changed(saved, { intensity_after: after.value, minutes_later: minutes, ...answered({ outcome: outcome.value[0] }) });
    },
    then: back,
  });
  return {
    isForm: true,
    title: () => words.value.craving.nowTitle,
    view: () => {
      const w = words.value.craving;
      return html`<div><p class="lead">${say(words.value.today.andNowHint, { time: entry ? entry.occurred_at.slice(11, 16) : '', n: entry?.intensity ?? '' })}</p>
        <${Slider} big label=${w.nowLead} value=${after} max=${10} ends=${w.ends} text=${(/** @type {number} */ n) => w.degrees[n] ?? ''} />
        <${Chips} label=${w.outcome} value=${outcome} options=${Object.entries(w.outcomes)} />
        ${after.value !== null && bar(words.value.common.save)}
        <${Button} label=${w.dismiss} quiet onPress=${async () => { await dismiss(id); back(); }} /></div>`;
    },
  };
}

/** What can help now: the own people, and skills that were agreed or learned. */
/** @type {import('../router.js').Opener} */
export function whatNow() {
  return {
    title: () => words.value.now.title,
    view: () => {
      const w = words.value.now;
      const known = skills();
      const mine = [...known.filter((skill) => skill.assigned), ...known.filter((skill) => skill.taught && !skill.assigned)];
      const first = (mine.length ? mine : known.filter((skill) => skill.minutes > 0 && skill.minutes <= 5)).slice(0, 5);
      return html`<div>${savedText() ? null : html`<p class="lead">${w.lead}</p>`}
        ${first.map((skill) => html`<button type="button" class="card" key=${skill.slug} onClick=${() => go('skill', { slug: skill.slug })}>
          <b class="serif">${skill.name}</b><span class="soft">${skill.description}</span></button>`)}
        <div class="bar"><${Button} label=${words.value.situations.title} quiet onPress=${() => go('situations')} />
        <${Button} label=${w.people} quiet onPress=${() => go('help')} />
        <${Button} label=${w.more} quiet onPress=${() => replace('skills')} /></div></div>`;
    },
  };
}
