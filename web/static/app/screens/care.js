// The plan of care with its answer, what is taken by agreement, and how a session was.

import { asPerson } from '../account.js';
import { Button, Field, Slider } from '../controls.js';
import { draft } from '../drafts.js';
import { skillName } from '../entries.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go } from '../router.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { onDay, say, when, words } from '../words.js';

/** @typedef {import('../types').Api.PlanOut} Plan */
/** @typedef {import('../types').Api.MedicationOut} Medication */
const ASKED = /** @type {const} */ (['heard', 'goals', 'approach', 'overall']);

/** @type {import('../router.js').Opener} */
export function carePlan() {
  void refresh('care-plan');
  const comment = signal('');
  const told = signal('');
  const busy = signal(false);
  /** @param {Plan} plan @param {boolean} agreed */
  const answer = async (plan, agreed) => {
    busy.value = true;
    const outcome = await attempt(async () => {
      await asPerson('POST', `care-plan/${plan.rev}/response`, { body: { agreed, comment: comment.value.trim() } });
      comment.value = '';
      await refresh('care-plan');
    });
    busy.value = false;
    told.value = outcome.words;
  };
  return {
    isForm: true,
    title: () => words.value.care.plan,
    view: () => {
      const w = words.value.care;
      /** @type {Plan | undefined} */
      const plan = copyOf('care-plan')?.body;
      if (!plan) return html`<p>${faultOf('care-plan') ? words.value.common.notLoaded : words.value.common.loading}</p>`;
      if (plan.rev === 0) return html`<p>${w.noPlan}</p>`;
      const said = plan.response;
      return html`<div>
        <p class="soft">${say(w.written, { name: plan.written_by, day: onDay(plan.reviewed_on ?? '') })}</p>
        ${plan.problems.map((problem, n) => html`<section class="card" key=${n}>
          ${problem.text && html`<h2>${problem.text}</h2>`}
          ${problem.goals.map((goal, m) => html`<div key=${m}><p><b>${goal.text}</b></p>
            ${goal.objectives.length > 0 && html`<ul>${goal.objectives.map((one, k) => html`<li key=${k}>${one.text}
              ${one.skills.map((slug) => html` <button type="button" class="link" key=${slug} onClick=${() => go('skill', { slug })}>${skillName(slug)}</button>`)}</li>`)}</ul>`}</div>`)}
        </section>`)}
        ${said && html`<p role="status">${say(said.agreed ? w.saidYes : w.saidNo, { n: said.plan_rev })}${said.comment && ` “${said.comment}”`}</p>`}
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        ${(!said || said.plan_rev < plan.rev || !said.agreed) && html`<section>
          <${Field} label=${w.comment} value=${comment} rows=${3} most=${1000} />
          <${Button} label=${w.agree} busy=${busy.value} onPress=${() => answer(plan, true)} />
          <${Button} quiet label=${w.disagree} busy=${busy.value} onPress=${() => answer(plan, false)} /></section>`}</div>`;
    },
  };
}

/** @type {import('../router.js').Opener} */
export function medicines() {
  void refresh('medications');
  return {
    title: () => words.value.care.medicines,
    view: () => {
      const w = words.value.care;
      /** @type {Medication[] | undefined} */
      const all = copyOf('medications')?.body.results;
      if (!all) return html`<p>${faultOf('medications') ? words.value.common.notLoaded : words.value.common.loading}</p>`;
      return html`<div><p class="lead">${w.medicinesLead}</p>
        ${all.length === 0 && html`<p>${w.noMedicine}</p>`}
        ${all.map((one) => html`<section class="card" key=${one.id}><h2>${one.name}</h2>
          <p>${one.dose}</p><p class="soft">${timesOf(one)}${one.refill_by && ` ${say(w.refill, { day: onDay(one.refill_by) })}`}</p>
          <button type="button" class="link" onClick=${() => go('dose', { name: one.name })}>${w.logDose}<span class="unseen">: ${one.name}</span></button></section>`)}</div>`;
    },
  };
}

/** @param {Medication} one */
function timesOf(one) {
  const w = words.value;
  const times = one.times.length > 0 ? one.times.join(', ') : w.care.asNeeded;
  return one.days ? `${times}, ${one.days.map((day) => w.care.days[day]).join(' ')}.` : `${times}.`;
}

/** @type {import('../router.js').Opener} */
export function feedback({ session }) {
  const kept = draft(`feedback/${session}`, {
    heard: /** @type {number | null} */ (null), goals: /** @type {number | null} */ (null),
    approach: /** @type {number | null} */ (null), overall: /** @type {number | null} */ (null), comment: '',
  });
  const told = signal('');
  const busy = signal(false);
  const send = async () => {
    const said = kept.read();
    if (ASKED.some((name) => said[name] === null)) { told.value = words.value.care.allFour; return; }
    busy.value = true;
    const outcome = await attempt(async () => {
      await asPerson('POST', `sessions/${session}/feedback`, { body: { ...said, comment: said.comment.trim() } });
    });
    busy.value = false;
    told.value = outcome.words;
    if (outcome.isDone) { await kept.clear(); back(); }
  };
  return {
    isForm: true,
    leave: kept.stop,
    title: () => words.value.care.feedback,
    view: () => {
      const w = words.value.care;
      const one = copyOf('sessions')?.body.results.find((/** @type {{id: string}} */ found) => found.id === session);
      return html`<div><p class="lead">${one && say(w.feedbackLead, { when: when(one.starts_at) })}</p>
        ${ASKED.map((name) => html`<${Slider} key=${name} label=${w.asked[name]} value=${kept.fields[name]} max=${10} ends=${w.ends} />`)}
        <${Field} label=${w.anything} value=${kept.fields.comment} rows=${2} most=${500} />
        ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
        <${Button} label=${words.value.common.save} busy=${busy.value} onPress=${send} /></div>`;
    },
  };
}
