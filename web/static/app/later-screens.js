// The other screens, by name: read once the first ones are shown, in this order, and kept with
// them. What is logged most often comes first.

import { aftercare, aftercareEdit, taskList } from './screens/aftercare.js';
import { andNow, craving, whatNow } from './screens/craving.js';
import { mood } from './screens/mood.js';
import { note } from './screens/note.js';
import { cravingDetails } from './screens/craving-details.js';
import { diary } from './screens/diary.js';
import { diaryWeek } from './screens/diary-week.js';
import { checkInTimes, enrollScreen, homeScreen } from './screens/enroll.js';
import { carePlan, feedback, medicines } from './screens/care.js';
import { handover, handovers, privacy } from './screens/handover.js';
import { lesson, lessonList } from './screens/lessons.js';
import { dose, log, meeting, reading } from './screens/log.js';
import { measure, measures } from './screens/measures.js';
import { mend } from './screens/mend.js';
import { mirror } from './screens/mirror.js';
import { more, settings, signOutScreen } from './screens/more.js';
import { pin } from './screens/pin.js';
import { plan } from './screens/plan.js';
import { reminders } from './screens/reminders.js';
import { reset } from './screens/reset.js';
import { consents, exportsScreen, looks, rights, supporter, supporters } from './screens/rights.js';
import { askToMove, availability } from './screens/schedule.js';
import { agenda, sessionList } from './screens/sessions.js';
import { resources } from './screens/resources.js';
import { shelf } from './screens/shelf.js';
import { signIns } from './screens/sign-ins.js';
import { situation, situations } from './screens/situations.js';
import { practice, skill, skillList } from './screens/skills.js';
import { use } from './screens/use.js';
import { entry, weeks } from './screens/weeks.js';

/** @type {Record<string, import('./router.js').Opener>} */
export const screens = {
  craving, 'and-now': andNow, now: whatNow, mood, note, weeks, skills: skillList, sessions: sessionList, more, reset,
  enroll: enrollScreen, 'check-in-times': checkInTimes, 'home-screen': homeScreen,
  'craving-details': cravingDetails, log, use, diary, 'diary-week': diaryWeek, reading, dose, meeting, measures, measure, skill, practice,
  lessons: lessonList, lesson,
  agenda, mirror, feedback, 'ask-to-move': askToMove, availability, 'care-plan': carePlan, medicines, tasks: taskList, aftercare, 'aftercare-edit': aftercareEdit, entry, mend, plan, situations, situation, shelf, reminders, rights, consents, supporter, supporters, handovers, handover, looks, exports: exportsScreen, privacy,
  resources, 'sign-ins': signIns, pin, settings, 'sign-out': signOutScreen,
};
