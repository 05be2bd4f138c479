// Skills: agreed and learned ones first, a timer, and how it went.

import { minutesBetween, now } from '../clock.js';
import { Button, Field, Select, Slider, Toggle, YesNo } from '../controls.js';
import { draft } from '../drafts.js';
import { answered, homework, skillName, skills } from '../entries.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go } from '../router.js';
import { saver } from '../save-bar.js';
import { assignmentOf, didThis, Situation } from './situations.js';
import { newEntry } from '../sync.js';
import { html, signal } from '../view.js';
import { onDay, say, words } from '../words.js';

/** @typedef {import('../types').Api.SkillOut} Skill */

/** @type {import('../router.js').Opener} */
export function skillList() {
  void refresh('skills');
  const query = signal('');
  return {
    title: () => words.value.skills.title,
    view: () => {
      const w = words.value.skills;
      const wanted = query.value.trim().toLowerCase();
      const found = skills().filter((skill) => `${skill.name} ${skill.also_known_as} ${skill.description}`.toLowerCase().includes(wanted));
      return html`<div>
        <${Field} label=${w.search} value=${query} type="search" most=${60} />
        <button type="button" class="line" onClick=${() => go('lessons')}><span>${words.value.lessons.title}</span></button>
        ${skills().length === 0 && html`<p class="soft">${faultOf('skills') ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        <${Group} title=${w.assigned} of=${found.filter((skill) => skill.assigned)} />
        <${Group} title=${w.taught} of=${found.filter((skill) => skill.taught && !skill.assigned)} />
        <${Group} title=${w.others} of=${found.filter((skill) => !skill.taught && !skill.assigned)} />
        ${skills().length > 0 && found.length === 0 && html`<p>${w.nothing}</p>`}</div>`;
    },
  };
}

/** @param {{title: string, of: Skill[]}} group */
function Group({ title, of }) {
  if (of.length === 0) return null;
  return html`<section><h2>${title}</h2>${of.map((skill) => html`<button type="button" class="line" key=${skill.slug}
    onClick=${() => go('skill', { slug: skill.slug })}><span>${skill.name}</span>
    ${skill.minutes > 0 && html`<span class="soft">${say(words.value.common.minutes, { n: skill.minutes })}</span>`}</button>`)}</section>`;
}

/** @type {import('../router.js').Opener} */
export function skill({ slug, plan }) {
  const until = signal(/** @type {number | null} */ (null));
  const left = signal(0);
  let begun = now();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let ticking;
  const tick = () => { left.value = Math.max(0, Math.ceil(((until.value ?? 0) - Date.now()) / 1000)); };
  /** @param {number} minutes */
  const begin = (minutes) => {
    begun = now();
    until.value = Date.now() + minutes * 60_000;
    tick();
    ticking = setInterval(tick, 1000);
  };
  const stop = () => {
    clearInterval(ticking);
    until.value = null;
  };
  const spent = () => (until.value === null ? null : Math.max(1, minutesBetween(begun, now())));
  const did = plan ? didThis({ slug, plan, spent }) : null;
  return {
    leave: () => {
      stop();
      did?.leave();
    },
    title: () => skillName(slug),
    view: () => {
      const w = words.value.skills;
      const found = skills().find((one) => one.slug === slug);
      if (!found) return html`<p>${words.value.common.notLoaded}</p>`;
      const length = found.minutes || 5;
      return html`<div>${plan && html`<${Situation} id=${plan} />`}
        ${found.caution && html`<div class="notice warn"><p><b>${w.caution}</b></p><p>${found.caution}</p></div>`}
        <p class="lead">${found.description}</p>
        ${found.minutes > 0 && html`<p class="soft">${say(w.minutes, { n: found.minutes })}</p>`}
        <${Given} slug=${slug} /><${Before} slug=${slug} />
        ${until.value === null ? html`<${Button} label=${w.start} quiet onPress=${() => begin(length)} />`
          : html`<div><p class="timer" role="timer" aria-live="off">${clockText(left.value)}</p>
            <p class="center" role="status">${left.value === 0 ? w.timeUp : ''}</p><${Button} label=${w.stop} quiet onPress=${stop} /></div>`}
        ${did ? did.view() : html`<${Button} label=${w.log} onPress=${() => go('practice', { slug, minutes: spent() })} />`}</div>`;
    },
  };
}

/** @param {number} seconds */
function clockText(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** What was agreed about this skill last, why, and how it ended.
 * @param {{slug: string}} of */
function Given({ slug }) {
  const given = homework().find((one) => one.skill === slug);
  if (!given) return null;
  const w = words.value.skills.given;
  return html`<section class="card"><h2>${w.title}</h2><p>${say(w.times, { n: given.per_week })}${given.until && ` ${say(w.until, { day: onDay(given.until) })}`}</p>
    ${given.note && html`<p>${given.note}</p>`}
    ${given.outcome ? html`<p class="soft">${w.outcomes[/** @type {keyof typeof w.outcomes} */ (given.outcome)]}</p>` : given.ended_at && html`<p class="soft">${w.ended}</p>`}
    ${given.outcome_note && html`<p>${given.outcome_note}</p>`}</section>`;
}

/** What came after this skill before: the server's own sentence, or nothing. */
/** @param {{slug: string}} of */
function Before({ slug }) {
  /** @type {import('../types').Api.SummaryOut | undefined} */
  const summary = copyOf('summary?days=28')?.body;
  const line = summary?.skills.after.find((one) => one.skill === slug);
  return line ? html`<section class="card"><h2>${words.value.skills.helped}</h2><p class="soft">${line.text}</p></section>` : null;
}

/** @type {import('../router.js').Opener} */
export function practice({ slug, minutes = null, origin }) {
  const kept = draft(`practice/${slug ?? ''}`, {
    skill: slug ?? '', attempted: /** @type {boolean | null} */ (null), able: /** @type {boolean | null} */ (null),
    wanted_to: /** @type {boolean | null} */ (null), helped: /** @type {boolean | null} */ (null), automatic: /** @type {boolean | null} */ (null),
    rating_before: /** @type {number | null} */ (null), rating_after: /** @type {number | null} */ (null), situation: '', discuss: /** @type {string[]} */ ([]),
  });
  const { skill: chosen, attempted, able, wanted_to: wanted, helped, automatic, rating_before: before, rating_after: after, situation, discuss } = kept.fields;
  const wasUsed = () => attempted.value === true && able.value !== false;
  const { bar } = saver({
    make: () => {
      const known = skills();
      const which = chosen.value || known[0]?.slug;
      if (!which) return null;
      const said = kept.read();
      // Only what was asked is sent: an answer that another one took off the screen is not.
      const facts = said.attempted ? { able: said.able, automatic: said.able === false ? null : said.automatic, helped: wasUsed() ? said.helped : null } : { wanted_to: said.wanted_to };
      return newEntry('skill_practice', {
        ...answered({ attempted: said.attempted, ...facts, rating_before: said.rating_before, rating_after: said.rating_after, situation: said.situation, minutes, assignment: assignmentOf(which) }),
        skill: which, discuss: said.discuss.length > 0,
      }, origin);
    },
    then: async () => { await kept.clear(); back(); },
  });
  return {
    isForm: true,
    leave: kept.stop,
    title: () => (slug ? skillName(slug) : words.value.skills.practice.title),
    view: () => {
      const w = words.value.skills.practice;
      const options = skills().map((one) => /** @type {[string, string]} */ ([one.slug, one.name]));
      if (options.length === 0) return html`<p>${words.value.common.notLoaded}</p>`;
      return html`<div>
        ${!slug && html`<${Select} label=${w.which} value=${chosen} options=${options} />`}
        <${YesNo} label=${w.tried} value=${attempted} />
        ${attempted.value === false && html`<${YesNo} label=${w.wanted} value=${wanted} />`}
        ${attempted.value && html`<div><${YesNo} label=${w.able} value=${able} />
          ${wasUsed() && html`<div><${YesNo} label=${w.helped} value=${helped} /><${YesNo} label=${w.automatic} value=${automatic} /></div>`}
          <${Slider} label=${`${w.before}, ${w.scale}`} value=${before} max=${10} ends=${words.value.craving.ends} />
          <${Slider} label=${`${w.after}, ${w.scale}`} value=${after} max=${10} ends=${words.value.craving.ends} /></div>`}
        <${Field} label=${w.situation} value=${situation} rows=${3} />
        <${Toggle} label=${words.value.common.bring} value=${discuss} />
        ${bar(words.value.common.save)}</div>`;
    },
  };
}
