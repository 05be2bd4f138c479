"""Those who make the groups as full as groups are: each with a quieter story of their own."""

from datetime import time

from backend.demo.profile import (
    AssignedSkill,
    AttendanceRates,
    CravingPattern,
    EpisodeProfile,
    JournalNote,
    LoggingHabits,
    MoodPattern,
    PatientProfile,
    QuestionnairePlan,
    SkillPractice,
)

#: Logs on the bus to work, and hardly on weekends.
OMAR = PatientProfile(
    username="omar",
    name="Omar Farouk",
    therapist="dr_okafor",
    groups=("morning",),
    enrolled=33,
    stays=(EpisodeProfile("intensive_outpatient", since=34, hours=9),),
    meets=(1, 4),
    meets_at=time(13, 0),
    logging=LoggingHabits(days=0.66, momentary=0.7, same_day=0.2),
    craving=CravingPattern(
        target="alcohol",
        a_day=0.6,
        strength=(5.8, 4.4),
        triggers=("tired", "time_off", "celebration"),
        thoughts=("One beer like everybody else.",),
    ),
    mood=MoodPattern(a_day=0.7, valence=(-0.4, 0.4), associations=("work", "family")),
    practice=SkillPractice(
        a_day=0.6, helps=0.7, skills=("slow-breathing", "planned-distraction", "call-someone")
    ),
    diary=0.4,
    asked=(QuestionnairePlan("phq-9", every=14, total=(11, 8)),),
    homework=(AssignedSkill("slow-breathing", 4, since=20, note="On the bus counts."),),
    said=(
        JournalNote(25, "The bus is the only half hour that is mine."),
        JournalNote(2, "Saturday is my cousin's wedding and there will be toasts.", discuss=True),
    ),
)

#: New to groups; speaks little there and writes a lot about it afterwards.
GRACE = PatientProfile(
    username="grace",
    name="Grace Owusu",
    therapist="dr_okafor",
    groups=("morning",),
    enrolled=26,
    stays=(EpisodeProfile("intensive_outpatient", since=27, hours=9),),
    meets=(2, 6),
    meets_at=time(14, 0),
    logging=LoggingHabits(days=0.85, momentary=0.6, same_day=0.34),
    craving=CravingPattern(
        target="cannabis",
        a_day=0.8,
        strength=(5.2, 4.0),
        triggers=("bored", "bad_feeling", "social_pressure"),
        thoughts=("It makes people easier.",),
    ),
    mood=MoodPattern(
        a_day=1.0, valence=(-1.0, 0.1), associations=("friends", "education", "identity")
    ),
    practice=SkillPractice(
        a_day=0.8,
        helps=0.6,
        skills=("feet-and-floor", "planned-distraction", "name-it", "slow-breathing"),
        situations=("In the corridor before group.",),
    ),
    diary=0.5,
    asked=(QuestionnairePlan("gad-7", every=14, total=(14, 11)),),
    homework=(AssignedSkill("feet-and-floor", 5, since=13),),
    said=(
        JournalNote(18, "I had the sentence ready and somebody else said it."),
        JournalNote(1, "I want to say one thing in group tomorrow.", discuss=True),
    ),
)

#: Came back after a year; steady, and tired of being asked whether he is.
ELI = PatientProfile(
    username="eli",
    name="Eli Rosen",
    therapist="dr_okafor",
    groups=("morning",),
    enrolled=45,
    stays=(EpisodeProfile("intensive_outpatient", since=46, hours=9),),
    meets=(3, 5),
    meets_at=time(15, 0),
    logging=LoggingHabits(days=0.7, momentary=0.5, same_day=0.4),
    craving=CravingPattern(
        target="alcohol",
        a_day=0.3,
        strength=(4.2, 3.0),
        triggers=("angry", "conflict", "anniversary"),
    ),
    mood=MoodPattern(a_day=0.8, valence=(-0.2, 0.5), associations=("partner", "work", "health")),
    practice=SkillPractice(
        a_day=0.5, helps=0.8, skills=("halt-check", "walk-or-move", "slow-breathing")
    ),
    diary=0.4,
    asked=(QuestionnairePlan("phq-9", every=14, total=(9, 6)),),
    homework=(AssignedSkill("halt-check", 5, since=30),),
    said=(JournalNote(22, "Second time here. It is easier to walk in, harder to admit why."),),
)

#: Works nights; her days begin in the afternoon.
HANA = PatientProfile(
    username="hana",
    name="Hana Nováková",
    therapist="dr_okafor",
    groups=("morning",),
    enrolled=19,
    stays=(EpisodeProfile("intensive_outpatient", since=20, hours=9),),
    meets=(0, 6),
    meets_at=time(16, 0),
    logging=LoggingHabits(days=0.75, momentary=0.6, same_day=0.25, next_day=0.1),
    craving=CravingPattern(
        target="cocaine",
        a_day=0.7,
        strength=(6.6, 5.4),
        triggers=("tired", "money_or_payday", "cue_or_place"),
        thoughts=("It would get me through the shift.",),
    ),
    mood=MoodPattern(a_day=0.8, valence=(-0.9, -0.3), associations=("work", "money", "health")),
    practice=SkillPractice(
        a_day=0.7,
        helps=0.55,
        skills=("body-basics", "planned-distraction", "sleep-wind-down"),
        situations=("Break at three in the morning.",),
    ),
    attending=AttendanceRates(late=0.18, excused=0.06),
    diary=0.4,
    sleep=(4.5, 5.5),
    asked=(QuestionnairePlan("phq-9", every=14, total=(13, 12)),),
    homework=(AssignedSkill("sleep-wind-down", 5, since=9, note="Curtains and phone away first."),),
    said=(JournalNote(5, "I sleep when the street is loud. Is there a trick?", discuss=True),),
)

#: Paydays are hard; his sister keeps the card.
MARCUS = PatientProfile(
    username="marcus",
    name="Marcus Bell",
    therapist="dr_lind",
    groups=("evening",),
    enrolled=40,
    stays=(EpisodeProfile("intensive_outpatient", since=41, hours=9),),
    meets=(3, 6),
    meets_at=time(13, 0),
    logging=LoggingHabits(days=0.72, momentary=0.66, same_day=0.24),
    craving=CravingPattern(
        target="alcohol",
        a_day=0.8,
        strength=(6.4, 4.6),
        triggers=("money_or_payday", "social_pressure", "good_feeling"),
        thoughts=("I worked for it.",),
    ),
    mood=MoodPattern(a_day=0.7, valence=(-0.3, 0.5), associations=("money", "work", "friends")),
    practice=SkillPractice(
        a_day=0.7, helps=0.7, skills=("cut-the-supply", "leave-risky-place", "call-someone")
    ),
    diary=0.5,
    asked=(QuestionnairePlan("pacs", every=14, total=(18, 12)),),
    homework=(AssignedSkill("call-someone", 3, since=25),),
    said=(
        JournalNote(28, "My sister has the card now. It felt like being twelve, and it worked."),
        JournalNote(3, "Friday is payday again.", discuss=True),
    ),
)

#: Sleep is the whole question.
SOFIA = PatientProfile(
    username="sofia",
    name="Sofia Petrova",
    therapist="dr_lind",
    groups=("evening",),
    enrolled=30,
    stays=(EpisodeProfile("intensive_outpatient", since=31, hours=9),),
    meets=(2, 5),
    meets_at=time(11, 0),
    logging=LoggingHabits(days=0.8, momentary=0.5, same_day=0.4),
    craving=CravingPattern(
        target="sleeping pills",
        a_day=0.6,
        strength=(6.8, 5.0),
        triggers=("tired", "bad_feeling", "lonely"),
        thoughts=("One night of sleep, that is all I ask.",),
    ),
    mood=MoodPattern(a_day=0.9, valence=(-0.8, 0.0), associations=("health", "family", "work")),
    practice=SkillPractice(
        a_day=0.9,
        helps=0.6,
        skills=("sleep-wind-down", "scan-and-soften", "slow-breathing"),
        situations=("Two in the morning, kitchen.",),
    ),
    diary=0.7,
    sleep=(4.0, 6.0),
    asked=(QuestionnairePlan("gad-7", every=14, total=(13, 9)),),
    homework=(AssignedSkill("sleep-wind-down", 7, since=22),),
    said=(JournalNote(4, "Six hours twice this week. I did not trust it.", discuss=True),),
)

#: Writes short and to the point, and never misses a session.
JOE = PatientProfile(
    username="joe",
    name="Joe Kowalski",
    therapist="dr_lind",
    groups=("evening",),
    enrolled=22,
    stays=(EpisodeProfile("intensive_outpatient", since=23, hours=9),),
    meets=(3, 6),
    meets_at=time(15, 0),
    logging=LoggingHabits(days=0.7, momentary=0.8, same_day=0.15),
    craving=CravingPattern(
        target="alcohol",
        a_day=0.7,
        strength=(5.6, 4.8),
        triggers=("pain", "time_off", "lonely"),
    ),
    mood=MoodPattern(a_day=0.6, valence=(-0.2, 0.2), associations=("health", "hobbies")),
    practice=SkillPractice(
        a_day=0.7, helps=0.75, skills=("walk-or-move", "delay-and-decide", "call-someone")
    ),
    attending=AttendanceRates(late=0.0, left_early=0.0, excused=0.0, no_show=0.0),
    diary=0.4,
    asked=(QuestionnairePlan("pacs", every=14, total=(15, 13)),),
    homework=(AssignedSkill("call-someone", 2, since=15),),
    said=(JournalNote(11, "Fixed the fence. Took all day. Good day."),),
)

PATIENTS = (OMAR, GRACE, ELI, HANA, MARCUS, SOFIA, JOE)
