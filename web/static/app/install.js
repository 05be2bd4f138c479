// The home screen: under which name, and by the browser's own way where it has one.

import { readPhone, writePhone } from './database.js';
import { signal } from './view.js';

/** As web/app/pages.py names them. */
export const LOOKS = { between: 'Between', notes: 'Notes', days: 'Days' };
export const look = signal('between');
export const canInstall = signal(false);

/** @type {any} */
let prompt = null;

/** Take the look that was chosen, and keep the browser's offer to install until it is wanted. */
export async function prepareInstall() {
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    prompt = event;
    canInstall.value = true;
  });
  wear((await readPhone('look')) ?? 'between');
}

/** @param {string} code */
export async function chooseLook(code) {
  wear(code);
  await writePhone('look', code);
}

/** @param {string} code */
function wear(code) {
  if (!(code in LOOKS)) return;
  look.value = code;
  const name = LOOKS[/** @type {'between'} */ (code)];
  document.title = name;
  document.querySelector('meta[name=apple-mobile-web-app-title]')?.setAttribute('content', name);
  document.querySelector('link[rel=manifest]')?.setAttribute('href', `/app/manifest.webmanifest?look=${code}`);
  for (const icon of document.querySelectorAll('link[rel=icon], link[rel=apple-touch-icon]')) {
    icon.setAttribute('href', (icon.getAttribute('href') ?? '').replace(/[a-z]+(?=\.(svg|png)$)/, code));
  }
}

/** Ask the browser to install. */
export async function install() {
  await prompt?.prompt();
  canInstall.value = false;
}
