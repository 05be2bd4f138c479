// The diary of seven days as a grid, from what is on this phone; what was not answered is no zero.

import { account } from '../account.js';
import { day, dayAfter, now } from '../clock.js';
import { Button } from '../controls.js';
import { dayOf, skillName } from '../entries.js';
import { journal } from '../sync.js';
import { html, signal } from '../view.js';
import { onDay, say, when, words } from '../words.js';
import { EMOTIONS, ownTargets, URGES } from './diary.js';

/** @typedef {import('../types').Entry} Entry */
/**
 * @typedef {{value: number | null, missing: string | null, acted: boolean | null}} Answer
 * @typedef {{urges: Record<string, Answer[]>, emotions: Record<string, Answer[]>, body: Record<string, Answer[]>, skills: Record<string, (number | null)[]>}} Week
 */
const BODY = /** @type {const} */ (['sleep_hours', 'sleep_quality', 'pain', 'meals', 'movement_minutes']);

/** @param {string} name */
const key = (name) => name.trim().toLowerCase();

/**
 * Compute the grid, as the server does (journaling/insights/diary_week.py).
 * @param {Entry[]} entries @param {string[]} days @param {string} today @param {string[]} targets
 * @returns {Week}
 */
export function weekOf(entries, days, today, targets) {
  const cards = days.map((on) => entries.find((entry) => entry.kind === 'daily' && dayOf(entry) === on));
  /** @param {string} field @param {string} [part] @returns {Answer[]} */
  const row = (field, part) => cards.map((card, place) => {
    if (!card) return { value: null, missing: (days[place] ?? '') > today ? 'ahead' : 'no_card', acted: null };
    const found = part === undefined ? card[field] : Object.entries(card[field] ?? {}).find(([name]) => key(name) === key(part))?.[1];
    const isUrge = field === 'urges';
    const value = (isUrge ? found?.peak : found) ?? null;
    const isPassed = Object.keys(card.unanswered ?? {}).some((name) => name === field || (part !== undefined && key(name) === key(`${field}.${part}`)));
    return { value, missing: value !== null ? null : isPassed ? 'not_answered' : 'not_asked', acted: isUrge ? found?.acted ?? null : null };
  });
  /** @param {readonly string[]} names @param {(name: string) => Answer[]} of */
  const rows = (names, of) => Object.fromEntries(names.map((name) => [name, of(name)]));
  /** @type {string[]} */
  const named = [...targets, ...cards.flatMap((card) => Object.keys(card?.urges ?? {}))];
  const own = named.filter((name, place) => !URGES.some((fixed) => key(fixed) === key(name)) && named.findIndex((one) => key(one) === key(name)) === place);
  return {
    urges: rows([...URGES, ...own], (name) => row('urges', name)), emotions: rows(EMOTIONS, (name) => row('emotions', name)),
    body: rows(BODY, (name) => row(name)), skills: skillsOf(entries, days),
  };
}

/** @param {Entry[]} entries @param {string[]} days */
function skillsOf(entries, days) {
  /** @type {Record<string, (number | null)[]>} */
  const used = {};
  for (const entry of entries) {
    const place = days.indexOf(dayOf(entry));
    if (place < 0) continue;
    const isPractice = entry.kind === 'skill_practice';
    const isUsed = !isPractice || entry.automatic || (entry.attempted && entry.able !== false);
    for (const slug of isPractice ? [entry.skill] : entry.kind === 'craving' ? new Set(entry.skills ?? []) : []) {
      const row = (used[slug] ??= days.map(() => null));
      row[place] = (row[place] ?? 0) + (isUsed ? 1 : 0);
    }
  }
  return used;
}

/** @type {import('../router.js').Opener} */
export function diaryWeek() {
  const today = day(now(), account.value?.user.day_starts_hour);
  const first = signal(dayAfter(today, -6));
  return {
    title: () => words.value.diaryWeek.title,
    view: () => {
      const w = words.value.diaryWeek;
      const d = words.value.diary;
      const days = Array.from({ length: 7 }, (_, place) => dayAfter(first.value, place));
      const week = weekOf([...journal.value.values()], days, today, ownTargets());
      const titles = /** @type {Record<string, string>} */ ({ ...d.urge, ...d.emotion });
      /** @param {Record<string, Answer[]>} rows @param {(name: string) => string} title */
      const cells = (rows, title) => Object.entries(rows).map(([name, answers]) => /** @type {[string, unknown[]]} */ ([title(name), answers.map(cellOf)]));
      const skills = Object.entries(week.skills).map(([slug, row]) => /** @type {[string, unknown[]]} */ ([skillName(slug), row]));
      return html`<div><p class="lead">${onDay(days[0] ?? '')} – ${onDay(days[6] ?? '')}. ${w.lead}</p>
        <div class="row off-paper"><${Button} quiet label=${w.before} onPress=${() => { first.value = dayAfter(first.value, -7); }} />
          ${dayAfter(first.value, 7) <= today && html`<${Button} quiet label=${w.after} onPress=${() => { first.value = dayAfter(first.value, 7); }} />`}</div>
        <${Grid} title=${`${d.urges}, 0–5`} days=${days} rows=${cells(week.urges, (name) => titles[name] ?? say(d.own, { name }))} />
        <${Grid} title=${`${d.emotions}, 0–5`} days=${days} rows=${cells(week.emotions, (name) => titles[name] ?? name)} />
        <${Grid} title=${d.day} days=${days} rows=${cells(week.body, (name) => /** @type {Record<string, string>} */ (w.body)[name] ?? name)} />
        <${Grid} title=${w.skills} days=${days} rows=${skills} />
        <${Button} label=${words.value.weeks.print} quiet onPress=${() => print()} /></div>`;
    },
  };
}

/** @param {Answer} answer */
function cellOf({ value, missing, acted }) {
  const w = words.value.diaryWeek;
  const did = acted === null ? '' : acted ? w.acted : w.notActed;
  const why = value === null && !did && /** @type {Record<string, string>} */ (w.missing)[missing ?? ''];
  return html`${value !== null && html`<b>${value}</b>`} ${(did || why) && html`<span class="soft small">${did || why}</span>`}`;
}

/** @param {{title: string, days: string[], rows: [string, unknown[]][]}} of */
function Grid({ title, days, rows }) {
  if (rows.length === 0) return null;
  return html`<div class="grid" tabindex="0" role="region" aria-label=${title}><table><caption>${title}</caption>
    <thead><tr><td></td>${days.map((on) => html`<th scope="col" key=${on}>${when(`${on}T12:00:00`, { weekday: 'short', day: 'numeric' })}</th>`)}</tr></thead>
    <tbody>${rows.map(([name, cells]) => html`<tr key=${name}><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
