// Lessons: given ones first, each with its text and one question.

import { keepRead, textPath, unsentRead } from '../acts.js';
import { AsOf, Button, Chips } from '../controls.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { go } from '../router.js';
import { StorageFull } from '../store.js';
import { flush, isFull } from '../sync.js';
import { html, signal } from '../view.js';
import { onDay, say, when, wordFor, words } from '../words.js';

/** @typedef {import('../types').Api.LessonOut} Listed */
/** @typedef {import('../types').Api.LessonTextOut} Lesson */

/** @returns {Listed[]} */
const listed = () => copyOf('lessons')?.body.results ?? [];

/** Read the list, and the texts of given lessons, for when there is no connection. */
async function readGiven() {
  await refresh('lessons');
  for (const one of listed()) {
    if (one.assigned && copyOf(textPath(one.slug))?.body.version !== one.version) await refresh(textPath(one.slug));
  }
}

/** @type {import('../router.js').Opener} */
export function lessonList() {
  void readGiven();
  return {
    title: () => words.value.lessons.title,
    view: () => {
      const w = words.value.lessons;
      const all = listed();
      const others = all.filter((one) => !one.assigned);
      const topics = [...new Set(others.map((one) => one.topic))];
      return html`<div><p class="lead">${w.lead}</p>
        ${all.length === 0 && html`<p class="soft">${faultOf('lessons') ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        <${Group} title=${w.given} of=${all.filter((one) => one.assigned)} />
        ${topics.map((topic) => html`<${Group} key=${topic} title=${wordFor(w.topics, topic)} of=${others.filter((one) => one.topic === topic)} />`)}</div>`;
    },
  };
}

/** @param {{title: string, of: Listed[]}} group */
function Group({ title, of }) {
  if (of.length === 0) return null;
  const w = words.value.lessons;
  return html`<section><h2>${title}</h2>${of.map((one) => html`<button type="button" class="line" key=${one.slug}
    onClick=${() => go('lesson', { slug: one.slug })}><span>${one.title}</span>
    <span class="soft">${[one.until && say(w.until, { day: onDay(one.until) }),
      one.read_at || unsentRead(one.slug) ? w.read : say(words.value.common.minutes, { n: one.minutes })].filter(Boolean).join(', ')}</span></button>`)}</section>`;
}

/** @type {import('../router.js').Opener} */
export function lesson({ slug }) {
  const path = textPath(slug);
  const chosen = signal(/** @type {string[]} */ ([]));
  void refresh(path);
  const done = async () => {
    const [answer] = chosen.value;
    try {
      await keepRead(slug, answer === undefined ? null : Number(answer));
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      isFull.value = true;
      return;
    }
    void flush();
  };
  return {
    title: () => listed().find((one) => one.slug === slug)?.title ?? words.value.lessons.title,
    view: () => {
      const w = words.value.lessons;
      const copy = copyOf(path);
      const fault = faultOf(path);
      /** @type {Lesson | undefined} */
      const text = copy?.body;
      if (!text) return html`<p>${fault ? words.value.common.notLoaded : words.value.common.loading}</p>`;
      const unsent = unsentRead(slug);
      const isRead = Boolean(text.read_at ?? unsent);
      const answer = text.answer ?? unsent?.answer ?? null;
      return html`<div>
        ${text.paragraphs.map((paragraph) => html`<p key=${paragraph}>${paragraph}</p>`)}
        <section class="card"><h2>${w.question}</h2>
          ${answer === null ? html`<${Chips} label=${text.question.text} value=${chosen} options=${text.question.answers.map((one, place) => /** @type {[string, string]} */ ([String(place), one]))} />`
            : html`<p>${text.question.text}</p><p><b>${say(w.yours, { answer: text.question.answers[answer] ?? '' })}</b></p>`}
          <${Outcome} text=${text} /></section>
        ${(!isRead || (answer === null && chosen.value.length > 0)) && html`<${Button} label=${isRead ? w.answer : w.done} onPress=${done} />`}
        <p class="soft" role="status">${unsent ? words.value.status.saved : text.read_at ? say(w.readOn, { day: onDay(text.read_at) }) : ''}</p>
        <h2>${w.sources}</h2><ul class="plain soft small" lang="en">${text.sources.map((one) => html`<li key=${one.title}>${one.title}. ${one.publisher}, ${one.year}.</li>`)}</ul>
        ${fault && copy && html`<${AsOf} since=${when(copy.at)} />`}</div>`;
    },
  };
}

/** What is right, and why, once the server told it. */
/** @param {{text: Lesson}} of */
function Outcome({ text }) {
  const w = words.value.lessons;
  const { right, why, answers } = text.question;
  if (right === null || why === null) return null;
  return html`<div><p>${text.recalled ? w.right : say(w.other, { answer: answers[right] ?? '' })}</p><p class="soft">${why}</p></div>`;
}
