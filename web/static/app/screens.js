// Every screen by its name. A name is never shown, and never part of an address.

import { andNow, craving, cravingDetails, whatNow } from './screens/craving.js';
import { diary } from './screens/diary.js';
import { checkInTimes, enrollScreen, homeScreen } from './screens/enroll.js';
import { help, plan } from './screens/help.js';
import { dose, log, meeting, reading } from './screens/log.js';
import { measure, measures } from './screens/measures.js';
import { mend } from './screens/mend.js';
import { mood } from './screens/mood.js';
import { more, settings, signOutScreen } from './screens/more.js';
import { note } from './screens/note.js';
import { pin } from './screens/pin.js';
import { reminders } from './screens/reminders.js';
import { consents, exportsScreen, looks, rights, supporter } from './screens/rights.js';
import { agenda, sessionList } from './screens/sessions.js';
import { shelf } from './screens/shelf.js';
import { signIns } from './screens/sign-ins.js';
import { practice, skill, skillList } from './screens/skills.js';
import { today } from './screens/today.js';
import { use } from './screens/use.js';
import { entry, weeks } from './screens/weeks.js';
import { reset, signInScreen, unlockScreen, welcome } from './screens/welcome.js';

/** @type {Record<string, import('./router.js').Opener>} */
export const screens = {
  welcome, 'sign-in': signInScreen, reset, unlock: unlockScreen, enroll: enrollScreen,
  'check-in-times': checkInTimes, 'home-screen': homeScreen,
  today, weeks, skills: skillList, sessions: sessionList, more,
  craving, 'craving-details': cravingDetails, 'and-now': andNow, now: whatNow, mood, note, log, use, diary,
  reading, dose, meeting, measures, measure, skill, practice, agenda, entry, mend,
  help, plan, shelf, reminders, rights, consents, supporter, looks, exports: exportsScreen,
  'sign-ins': signIns, pin, settings, 'sign-out': signOutScreen,
};
