// The screens that are there from the start, by name. A name is never shown, and never part of an
// address.

import { andNow, craving, whatNow } from './screens/craving.js';
import { help } from './screens/help.js';
import { mood } from './screens/mood.js';
import { note } from './screens/note.js';
import { today } from './screens/today.js';
import { signInScreen, unlockScreen, welcome } from './screens/welcome.js';

/** @type {Record<string, import('./router.js').Opener>} */
export const screens = { welcome, 'sign-in': signInScreen, unlock: unlockScreen, today, craving, 'and-now': andNow, now: whatNow, mood, note, help };
