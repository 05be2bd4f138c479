// Every screen by its name. A name is never shown, and never part of an address.

import { andNow, craving, cravingDetails, whatNow } from './screens/craving.js';
import { checkInTimes, enrollScreen, homeScreen } from './screens/enroll.js';
import { help, plan } from './screens/help.js';
import { mend } from './screens/mend.js';
import { mood } from './screens/mood.js';
import { more, settings, signOutScreen } from './screens/more.js';
import { note } from './screens/note.js';
import { shelf } from './screens/shelf.js';
import { today } from './screens/today.js';
import { reset, signInScreen, unlockScreen, welcome } from './screens/welcome.js';

/** @type {Record<string, import('./router.js').Opener>} */
export const screens = {
  welcome, 'sign-in': signInScreen, reset, unlock: unlockScreen, enroll: enrollScreen,
  'check-in-times': checkInTimes, 'home-screen': homeScreen, today, craving, 'craving-details': cravingDetails,
  'and-now': andNow, now: whatNow, mood, note, help, plan, more, settings, shelf, mend, 'sign-out': signOutScreen,
};
