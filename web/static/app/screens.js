// The screens that are there from the start, by name: what a phone shows before anything was
// tapped, and help. A name is never shown, and never part of an address.

import { help } from './screens/help.js';
import { today } from './screens/today.js';
import { signInScreen, unlockScreen, welcome } from './screens/welcome.js';

/** @type {Record<string, import('./router.js').Opener>} */
export const screens = { welcome, 'sign-in': signInScreen, unlock: unlockScreen, today, help };
