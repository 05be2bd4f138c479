// Help: who can be called, and the person's own plan. It needs no connection and no answer first.

import { account, locked } from '../account.js';
import { Button } from '../controls.js';
import { copyOf, lines } from '../reads.js';
import { back, go } from '../router.js';
import { support } from '../sync.js';
import { html } from '../view.js';
import { onDay, say, words } from '../words.js';

export const STEPS = /** @type {const} */ (['warning_signs', 'what_i_do', 'distractions', 'people_i_ask', 'professionals', 'safer_surroundings']);

/** @param {string} number */
export const digits = (number) => number.replace(/[^\d+]/g, '');

/** @type {import('../router.js').Opener} */
export function help() {
  return {
    title: () => words.value.help.title,
    leave: () => { support.value = null; },
    view: () => {
      const told = support.value;
      return html`<div>
        ${told ? html`<div class="notice"><p>${told.message}</p><p class="soft">${told.not_monitored}</p></div>`
          : html`<p class="lead">${words.value.help.lead}</p>`}
        <${FirstCalls} />
        <${OwnPlan} />
        <${Lines} />
        <${Clinic} />
        ${told && html`<${Button} label=${words.value.help.understood} quiet onPress=${back} />`}</div>`;
    },
  };
}

/** The numbers that are there before anything was ever loaded, and the clinic's own beside them. */
function FirstCalls() {
  const w = words.value.help;
  const own = clinic()?.crisis_phone;
  const call = own && html`<a class="button warn" href=${`tel:${own}`}>${say(w.clinicCall, { number: own })}</a>`;
  // In an emergency 988 and 911 come before any other (CLINICAL §3).
  const isEmergency = support.value?.level === 3;
  return html`<div class="calls">${!isEmergency && call}
    <a class="button warn" href="tel:988">${say(w.call, { number: '988' })}</a>
    <a class="button quiet" href="sms:988">${say(w.text, { number: '988' })}</a>
    <a class="button quiet" href="tel:911">${say(w.call, { number: '911' })}</a>${isEmergency && call}</div>
    ${lines.value.length === 0 && html`<p class="soft">${w.fallback}</p>`}`;
}

/** What the clinic says of itself, as it was read last. */
/** @returns {import('../types').Api.ClinicOut | undefined} */
const clinic = () => copyOf('clinic')?.body;

function Clinic() {
  const w = words.value.help;
  const said = clinic();
  if (!said) return null;
  const notes = [[w.hours, said.hours.join('\n')], [w.insurance, said.insurance], [w.scholarship, said.scholarship_contact]];
  return html`<section class="card"><h2>${said.name}</h2>
    ${said.address && html`<p class="as-lines">${said.address}</p>`}
    ${(said.phone || said.website || said.cost_page) && html`<p class="row">
      ${said.phone && html`<a class="call" href=${`tel:${digits(said.phone)}`}>${say(w.call, { number: said.phone })}</a>`}
      ${said.website && html`<a class="call" href=${said.website} rel="noreferrer">${w.website}</a>`}
      ${said.cost_page && html`<a class="call" href=${said.cost_page} rel="noreferrer">${w.cost}</a>`}</p>`}
    ${notes.map(([name, text]) => text && html`<p class="as-lines" key=${name}><b>${name}</b>${text}</p>`)}
    <${Button} label=${w.resources} quiet onPress=${() => go('resources')} /></section>`;
}

function OwnPlan() {
  const w = words.value.help;
  if (locked.value) return html`<section class="card"><h2>${w.plan}</h2><p class="soft">${w.planPin}</p></section>`;
  if (!account.value) return null;
  /** @type {import('../types').Api.SafetyPlanOut | undefined} */
  const plan = copyOf('safety-plan')?.body;
  const steps = plan ? STEPS.filter((step) => plan[step].length > 0) : [];
  if (!plan || steps.length === 0) {
    return html`<section class="card"><h2>${w.plan}</h2>
      ${!plan && html`<p class="soft">${w.noPlan}</p>`}<${Button} label=${w.write} quiet onPress=${() => go('plan')} /></section>`;
  }
  return html`<section class="card"><h2>${w.plan}</h2><ol class="plan">${steps.map((step) => html`<li key=${step}><h3>${w.steps[step]}</h3>
    ${plan[step].map((line) => html`<p>${typeof line === 'string' ? line : html`${line.name} <${Contact} contact=${line.contact} />`}</p>`)}</li>`)}</ol>
    <${Button} label=${w.edit} quiet onPress=${() => go('plan')} /></section>`;
}

/** @param {{contact: string | null}} of */
function Contact({ contact }) {
  if (!contact) return null;
  const number = digits(contact);
  if (number.length < 3) return html`<span class="soft">${contact}</span>`;
  return html`<a class="call" href=${`tel:${number}`}>${say(words.value.help.call, { number: contact })}</a>`;
}

function Lines() {
  const w = words.value.help;
  if (lines.value.length === 0) return null;
  return html`<section class="card"><h2>${w.lines}</h2>${lines.value.map((line) => html`<div class="crisis" key=${line.name}>
    <h3>${line.name}</h3><p class="row">
      ${line.call && html`<a class="call" href=${`tel:${digits(line.call)}`}>${say(w.call, { number: line.call })}</a>`}
      ${line.text && html`<a class="call" href=${`sms:${digits(line.text)}`}>${say(w.text, { number: line.text })}</a>`}
      ${line.chat && html`<a class="call" href=${line.chat} rel="noreferrer">${w.chat}</a>`}</p>
    <p class="soft small">${say(w.verified, { when: onDay(line.verified_at) })}</p></div>`)}
    <p class="soft" lang="es">${w.spanish}</p></section>`;
}
