// Whether a reminder that reached no device goes by mail, and the address that it goes to.

import { account } from '../account.js';
import { Button, Field } from '../controls.js';
import { changeMe, patchMe, readMe } from '../profile.js';
import { proven } from '../proof.js';
import { attempt } from '../saving.js';
import { html, signal } from '../view.js';
import { say, words } from '../words.js';

/** Make the card; nothing is shown where the server sends no mail. */
export function reminderMail() {
  // The address may have been changed on a page since.
  void attempt(readMe);
  const told = signal('');
  const address = signal('');
  const isOpened = signal(false);
  const keep = proven(async () => {
    const email = address.value.trim();
    await patchMe(email ? { email, reminder_mail: true } : { email });
    isOpened.value = false;
  });
  return () => {
    const user = account.value?.user;
    const w = words.value.reminders;
    if (user?.reminder_mail === undefined) return null;
    const isOn = user.reminder_mail;
    return html`<section class="card"><h2>${w.mail}</h2><p class="soft">${w.mailLead}</p>
      ${told.value && html`<p class="error" role="alert">${told.value}</p>`}
      ${user.email && html`<p>${say(w.mailTo, { address: user.email })}</p>`}
      <div class="row">${user.email && html`<button type="button" class="chip" aria-pressed=${isOn ? 'true' : 'false'} onClick=${() => changeMe({ reminder_mail: !isOn }, told)}>${isOn ? w.mailOn : w.mailOff}</button>`}
        <button type="button" class="chip" onClick=${() => { address.value = user.email; isOpened.value = !isOpened.value; }}>${user.email ? words.value.common.change : w.mailGive}</button></div>
      ${isOpened.value && html`<${Field} label=${w.mailAddress} value=${address} type="email" most=${254} autocomplete="email" hint=${w.mailHint} />
        <${Button} label=${words.value.common.save} quiet onPress=${keep.act} />${keep.view()}`}</section>`;
  };
}
