// The situation card: when this happens, I do that. And how the person writes it.

import { store } from '../account.js';
import { Button, Chips, errorText, Field, Select, YesNo } from '../controls.js';
import { draft } from '../drafts.js';
import { answered, changed, homework, skillName, skills } from '../entries.js';
import { isSame, PLANS, PLANS_KIND, replaced, unsentOrigins } from '../outbox.js';
import { copyOf, faultOf, refresh } from '../reads.js';
import { back, go } from '../router.js';
import { saver } from '../save-bar.js';
import { keepEntry, undone } from '../saving.js';
import { ownPlans, upon } from '../situation-plans.js';
import { StorageFull } from '../store.js';
import { flush, journal, newEntry } from '../sync.js';
import { effect, html, signal } from '../view.js';
import { say, words } from '../words.js';

/** @typedef {import('../types').Item} Item */
/** @typedef {import('../types').Api.SituationPlanOut} Plan */

/** As many as the server takes: few and short. */
const MOST = 12;

/** @returns {Item | undefined} */
const waitingList = () => store.value?.outbox.value.get(PLANS);

/** @type {import('../router.js').Opener} */
export function situations() {
  void refresh(PLANS);
  const isChanging = signal(false);
  return {
    title: () => words.value.situations.title,
    view: () => {
      const w = words.value.situations;
      const plans = helpedFirst(ownPlans(), copyOf('summary?days=28')?.body);
      const isKnown = copyOf(PLANS) !== undefined || waitingList() !== undefined;
      /** @param {Plan} plan */
      const open = (plan) => (isChanging.value ? go('situation', { id: plan.id }) : go('skill', { slug: plan.skill, plan: plan.id }));
      return html`<div><${PlansUndecided} />
        ${waitingList()?.state === 'waiting' && html`<p class="soft">${words.value.status.saved}</p>`}
        ${isChanging.value && html`<p class="lead">${w.changing}</p>`}
        ${plans.map((plan) => html`<button type="button" class="card situation" key=${plan.id} onClick=${() => open(plan)}>
          <span>${say(w.when, { situation: plan.situation })}</span> <b class="serif">${skillName(plan.skill)}</b>
          ${plan.words && html` <span class="soft">${plan.words}</span>`}</button>`)}
        ${plans.length === 0 && html`<p class="lead">${isKnown ? w.empty : faultOf(PLANS) ? words.value.common.notLoaded : words.value.common.loading}</p>`}
        <div class="bar">${plans.length < MOST && html`<${Button} label=${w.add} quiet onPress=${() => go('situation')} />`}
        ${plans.length > 0 && html`<${Button} label=${isChanging.value ? words.value.common.done : w.change} quiet onPress=${() => { isChanging.value = !isChanging.value; }} />`}</div></div>`;
    },
  };
}

/** One plan on a skill's screen: the situation, how the person puts it, and that it was agreed. */
/** @param {{id: string}} of */
export function Situation({ id }) {
  const w = words.value.situations;
  const plan = ownPlans().find((one) => one.id === id);
  if (!plan) return null;
  return html`<section class="card"><p>${say(w.when, { situation: plan.situation })}</p>
    ${plan.words && html`<p class="serif">${plan.words}</p>`}${plan.agreed_with && html`<p class="soft small">${w.agreed}</p>`}</section>`;
}

/**
 * Log by one tap that a plan was used, and ask afterwards, if one likes, whether it helped.
 * @param {{slug: string, plan: string, spent: () => number | null}} of
 */
export function didThis({ slug, plan, spent }) {
  const saved = signal('');
  const helped = signal(/** @type {boolean | null} */ (null));
  const { bar } = saver({
    make: () => newEntry('skill_practice', answered({ skill: slug, attempted: true, able: true, minutes: spent(), assignment: assignmentOf(slug) }), `plan:${plan}`),
    then: (op) => { saved.value = op.id; },
  });
  const stops = [
    effect(() => {
      const answer = helped.value;
      const entry = journal.peek().get(saved.peek());
      if (entry && (entry.helped ?? null) !== answer) void keepEntry(changed(entry, { helped: answer }));
    }),
    effect(() => {
      // Taken back by "Undo": it can be logged again.
      if (saved.value === '' || undone.value !== saved.value) return;
      undone.value = '';
      saved.value = '';
      helped.value = null;
    }),
  ];
  return {
    leave: () => stops.forEach((stop) => stop()),
    view: () => {
      const w = words.value.situations;
      if (saved.value === '') return bar(w.did);
      return html`<div class="card ask"><${YesNo} label=${words.value.skills.practice.helped} value=${helped} />
        <p class="soft">${words.value.craving.later}</p><${Button} label=${words.value.common.done} quiet onPress=${back} /></div>`;
    },
  };
}

/**
 * Return the homework that a practice of a skill belongs to.
 * @param {string} slug
 * @returns {string | undefined}
 */
export function assignmentOf(slug) {
  return homework().find((one) => one.skill === slug && !one.ended_at)?.id;
}

/** @type {import('../router.js').Opener} */
export function situation({ id = '' }) {
  const before = ownPlans().find((plan) => plan.id === id);
  const kept = draft(`situation/${id}`, {
    situation: before?.situation ?? '', skill: before?.skill ?? '', own: before?.words ?? '',
  });
  const { situation: when, skill, own } = kept.fields;
  const idea = signal(/** @type {string[]} */ ([]));
  const problem = signal('');
  const isSure = signal(false);
  /** @param {(plans: Plan[]) => Plan[]} change */
  const keep = async (change) => {
    problem.value = await savePlans(change(ownPlans())) ? '' : words.value.situations.full;
    if (problem.value) return;
    await kept.clear();
    back();
  };
  /** @returns {Plan} */
  const written = () => ({
    id: before?.id ?? crypto.randomUUID(), situation: when.value.trim().replace(/\s+/g, ' '), skill: skill.value,
    words: own.value.trim() || null, agreed_with: before?.agreed_with ?? null,
  });
  const save = async (isFirst = false) => {
    const plan = written();
    problem.value = plan.situation === '' || plan.skill === '' ? words.value.situations.needed : isThere(ownPlans(), plan) ? words.value.situations.twice : '';
    if (problem.value) return;
    await keep((plans) => {
      const others = plans.filter((one) => one.id !== plan.id);
      if (isFirst) return [plan, ...others];
      return others.length < plans.length ? plans.map((one) => (one.id === plan.id ? plan : one)) : [...plans, plan];
    });
  };
  return {
    isForm: true,
    leave: kept.stop,
    title: () => (before ? words.value.situations.editTitle : words.value.situations.newTitle),
    view: () => {
      const w = words.value.situations;
      const options = skills().map((one) => /** @type {[string, string]} */ ([one.slug, one.name]));
      if (before && !options.some(([slug]) => slug === before.skill)) options.push([before.skill, skillName(before.skill)]);
      if (options.length === 0) return html`<p>${words.value.common.notLoaded}</p>`;
      if (!before) options.unshift(['', w.choose]);
      return html`<div>
        <${Field} label=${w.situation} value=${when} most=${140} />
        ${!before && html`<${Chips} label=${w.ideas} value=${idea} options=${w.suggestions.map((text) => [text, text])}
          onChoose=${() => { when.value = idea.value[0] ?? when.value; }} />`}
        <${Select} label=${w.skill} value=${skill} options=${options} />
        <${Field} label=${w.own} value=${own} rows=${3} most=${500} />
        ${problem.value && html`<p class="error" role="alert">${problem.value}</p>`}
        <${Button} label=${words.value.common.save} onPress=${() => save()} />
        ${before && ownPlans()[0]?.id !== before.id && html`<${Button} label=${w.first} quiet onPress=${() => save(true)} />`}
        ${before && (isSure.value ? html`<div class="notice"><p>${w.removeSure}</p><div class="row">
            <${Button} label=${words.value.common.delete} warn onPress=${() => keep((plans) => plans.filter((one) => one.id !== id))} />
            <${Button} label=${words.value.common.keep} quiet onPress=${() => { isSure.value = false; }} /></div></div>`
          : html`<${Button} label=${w.remove} quiet onPress=${() => { isSure.value = true; }} />`)}</div>`;
    },
  };
}

/**
 * Keep the list on this phone as it shall stand; false where there is no room. Sending follows.
 * @param {Plan[]} plans
 */
async function savePlans(plans) {
  const open = store.value;
  if (open === null) throw new Error('Nobody is signed in.');
  try {
    await open.write(() => {
      const before = open.outbox.value.get(PLANS);
      const copy = copyOf(PLANS)?.body;
      const order = Math.max(0, ...[...open.outbox.value.values()].map((item) => item.order)) + 1;
      const op = { id: PLANS, kind: PLANS_KIND, plans, base: before?.op.base ?? copy?.results ?? [] };
      const item = replaced(before, op, { baseRev: copy?.rev ?? 0, order, clockKnown: true });
      return { change: { outbox: new Map([[PLANS, item], ...loosened(open, before, plans)]) }, value: undefined };
    });
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
    return false;
  }
  void flush();
  return true;
}

/**
 * Let practices wait no longer for plans that will never be sent: they stay, as entries of one's own.
 * @param {import('../store').Store} open @param {Item | undefined} list @param {Plan[]} plans
 * @returns {[string, Item | null][]}
 */
function loosened(open, list, plans) {
  const gone = unsentOrigins(list);
  for (const plan of plans) gone.delete(`plan:${plan.id}`);
  const items = [...open.outbox.value.values()].filter((item) => gone.has(item.op.origin));
  return items.map((item) => [item.id, { ...item, n: item.n + 1, op: { ...item.op, origin: 'self' } }]);
}

/** A list that the server has otherwise, or does not take: both versions, and the person decides. */
export function PlansUndecided() {
  const item = waitingList();
  if (!item || item.state === 'waiting') return null;
  const w = words.value;
  /** @type {Plan[]} */
  const mine = item.op.plans;
  /** @type {Plan[]} */
  const theirs = (item.state === 'conflict' ? /** @type {any} */ (item.server) : copyOf(PLANS)?.body)?.results ?? [];
  const both = merged(item.op.base, mine, theirs);
  const isConflict = item.state === 'conflict';
  return html`<section class="card warn"><h2>${isConflict ? w.shelf.conflict : w.shelf.refused}</h2>
    ${(item.errors ?? []).length > 0 && html`<ul class="error">${(item.errors ?? []).map((fault) => html`<li>${faultText(fault, mine)}</li>`)}</ul>`}
    <h3>${w.shelf.mine}</h3><${Listed} plans=${mine} /><h3>${w.shelf.theirs}</h3><${Listed} plans=${theirs} />
    ${isConflict && both.length <= MOST && html`<${Button} label=${w.situations.both} onPress=${() => decidePlans(both)} />`}
    ${isConflict && html`<${Button} label=${w.shelf.keepMine} quiet onPress=${() => decidePlans(mine)} />`}
    <${Button} label=${w.shelf.keepTheirs} quiet onPress=${() => decidePlans(null)} /></section>`;
}

/** @param {{plans: Plan[]}} of */
function Listed({ plans }) {
  if (plans.length === 0) return html`<p class="soft">${words.value.common.none}</p>`;
  return html`<ul class="plain">${plans.map((plan) => html`<li key=${plan.id}>${say(words.value.situations.when, { situation: plan.situation })} ${skillName(plan.skill)}${plan.words ? `. ${plan.words}` : ''}</li>`)}</ul>`;
}

/**
 * Say a fault with the situation that it is about, not with its number on the wire.
 * @param {import('../types').FieldError} fault @param {Plan[]} plans
 */
function faultText(fault, plans) {
  const place = /^results\.(\d+)\./.exec(fault.field);
  const about = place ? plans[Number(place[1])]?.situation : undefined;
  return about === undefined ? errorText({ ...fault, field: '' }) : `${about}: ${errorText({ ...fault, field: '' })}`;
}

/**
 * Send this list in the place of the server's, or (null) keep the server's.
 * @param {Plan[] | null} plans
 */
async function decidePlans(plans) {
  const open = store.value;
  if (open === null) return;
  await open.write(() => {
    const item = open.outbox.value.get(PLANS);
    if (!item) return { change: {}, value: undefined };
    const server = /** @type {any} */ (item.server);
    const kept = plans && server ? upon({ ...item, n: item.n + 1, op: { ...item.op, plans } }, server) : null;
    return { change: { outbox: new Map([[PLANS, kept], ...loosened(open, item, plans ?? [])]) }, value: undefined };
  });
  void flush();
}

/**
 * Put together what was changed here and at the clinic since both said the same (`base`). Of one plan
 * that both changed, the words of this phone stay.
 * @param {Plan[]} base @param {Plan[]} mine @param {Plan[]} theirs
 */
export function merged(base, mine, theirs) {
  /** @param {Plan[]} list @param {Plan} plan */
  const same = (list, plan) => list.find((one) => one.id === plan.id);
  /** @param {Plan} plan */
  const isChanged = (plan) => !isEqualPlan(same(base, plan), plan);
  const kept = theirs.flatMap((plan) => {
    const own = same(mine, plan);
    if (own) return [isChanged(own) ? own : plan];
    return isChanged(plan) ? [plan] : [];
  });
  const added = mine.filter((plan) => !same(theirs, plan) && isChanged(plan) && !isThere(kept, plan));
  return [...kept, ...added];
}

/** @param {Plan | undefined} a @param {Plan} b */
function isEqualPlan(a, b) {
  return a !== undefined && isSame({ kind: '', ...a }, b);
}

/**
 * Whether the list has another plan for the same situation with the same skill.
 * @param {Plan[]} list @param {Pick<Plan, 'id' | 'situation' | 'skill'>} plan
 */
export function isThere(list, plan) {
  /** @param {string} text */
  const folded = (text) => text.trim().replace(/\s+/g, ' ').toLowerCase();
  return list.some((one) => one.id !== plan.id && one.skill === plan.skill && folded(one.situation) === folded(plan.situation));
}

/**
 * Put first what has gone well for this person, as far as that may be said of their own entries: the
 * skill that stands out, then skills after which cravings were lower more often than not, in the
 * server's order. All else stays in their own order.
 * @param {Plan[]} plans @param {import('../types').Api.SummaryOut | undefined} summary
 */
export function helpedFirst(plans, summary) {
  const after = (summary?.skills.after ?? []).filter((one) => one.lower * 2 > one.n).map((one) => one.skill);
  const order = [summary?.skills.stands_out.skill, ...after];
  /** @param {Plan} plan */
  const rank = (plan) => { const place = order.indexOf(plan.skill); return place < 0 ? order.length : place; };
  return [...plans].sort((a, b) => rank(a) - rank(b));
}
