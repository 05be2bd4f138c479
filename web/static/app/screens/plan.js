// The person's own plan for a crisis, in their own words.

import { asPerson } from '../account.js';
import { Button, Field } from '../controls.js';
import { copyOf, refresh } from '../reads.js';
import { back } from '../router.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { words } from '../words.js';
import { STEPS } from './help.js';

const PEOPLE = ['people_i_ask', 'professionals'];

/** @type {import('../router.js').Opener} */
export function plan() {
  /** @type {import('../types').Api.SafetyPlanOut | undefined} */
  const before = copyOf('safety-plan')?.body;
  const fields = Object.fromEntries(STEPS.map((step) => [step, signal((before?.[step] ?? []).map(lineOf).join('\n'))]));
  const told = signal('');
  const save = async () => {
    const body = Object.fromEntries(STEPS.map((step) => [step, linesOf(step, fields[step]?.value ?? '')]));
    const headers = { 'If-Match': `"${before?.rev ?? 0}"` };
    const outcome = await attempt(() => asPerson('PUT', 'safety-plan', { body, headers }));
    told.value = outcome.words;
    if (!outcome.isDone) return;
    await refresh('safety-plan');
    back();
  };
  return {
    isForm: true,
    title: () => words.value.help.plan,
    view: () => html`<div>${STEPS.map((step) => html`<${Field} key=${step} label=${words.value.help.steps[step]} rows=${3}
        hint=${words.value.help.hints[step]} value=${fields[step]} />`)}
      ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
      <${Button} label=${words.value.common.save} onPress=${save} /></div>`,
  };
}

/** @param {string | import('../types').Api.PersonOut} line */
function lineOf(line) {
  return typeof line === 'string' ? line : [line.name, line.contact].filter(Boolean).join(', ');
}

/** @param {string} step @param {string} text */
function linesOf(step, text) {
  const written = text.split('\n').map((line) => line.trim()).filter(Boolean);
  if (!PEOPLE.includes(step)) return written;
  return written.map((line) => {
    const [name = '', ...contact] = line.split(',').map((part) => part.trim());
    return { name, contact: contact.join(', ') || null };
  });
}
