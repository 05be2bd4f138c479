"""Whom Dr. Lind treats."""

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
    SingleSession,
    SkillPractice,
    UseEvent,
)

#: Opioids after weeks without: the answer that calls for help at once (CLINICAL §3, level 2).
NOAH = PatientProfile(
    username="noah",
    name="Noah Bergström",
    therapist="dr_lind",
    groups=("evening", "community"),
    enrolled=56,
    stays=(EpisodeProfile("intensive_outpatient", since=56, hours=9),),
    meets=(0, 3),
    meets_at=time(10, 0),
    visits=(
        SingleSession(-2, time(15, 30), "case_management", minutes=30),
        SingleSession(12, time(15, 30), "case_management", minutes=30),
    ),
    logging=LoggingHabits(days=0.78, momentary=0.62, same_day=0.26, next_day=0.06),
    craving=CravingPattern(
        target="oxycodone",
        a_day=0.9,
        strength=(5.4, 5.9),
        triggers=("pain", "bad_feeling", "withdrawal", "money_or_payday", "lonely"),
        thoughts=(
            "My back will not let me sleep without it.",
            "I still know the number.",
            "Half of what it used to be.",
        ),
    ),
    mood=MoodPattern(
        a_day=1.0, valence=(0.2, -1.1), associations=("health", "work", "money", "partner")
    ),
    practice=SkillPractice(
        a_day=0.6,
        helps=0.55,
        skills=(
            "ride-the-urge",
            "scan-and-soften",
            "cool-the-face",
            "call-someone",
            "play-it-forward",
        ),
        situations=("Three in the morning, awake with my back.",),
    ),
    asked=(
        QuestionnairePlan("phq-9", every=14, total=(11, 14), dark=True),
        QuestionnairePlan("gad-7", every=14, total=(9, 12)),
        QuestionnairePlan("bam-7", every=7),
    ),
    homework=(
        AssignedSkill("ride-the-urge", 5, since=22),
        AssignedSkill("scan-and-soften", 7, since=8, note="Lying down, before sleep."),
    ),
    said=(
        JournalNote(47, "Thirty days. I do not count out loud, but I know."),
        JournalNote(26, "Physio is slow. I wanted it to be faster than the pills."),
        JournalNote(9, "Back is worse since the move. I have not told anyone yet.", discuss=True),
        JournalNote(2, "I told Eva what happened. She stayed with me.", discuss=True),
        JournalNote(1, "I have the naloxone in the kitchen and Eva knows where."),
    ),
    uses=(
        UseEvent(
            day=3,
            clock=time(20, 15),
            substance="oxycodone",
            amount=10,
            unit="mg",
            alone=True,
            before="Pain all day, and an old box in a moving carton.",
            after_effect="Very sleepy, frightened afterwards.",
            told_after=12,
            discuss=True,
        ),
    ),
)

#: Enrolled four days ago.
KEIKO = PatientProfile(
    username="keiko",
    name="Keiko Sato",
    therapist="dr_lind",
    groups=("evening", "community"),
    enrolled=4,
    stays=(EpisodeProfile("intensive_outpatient", since=5, hours=9),),
    meets=(1, 4),
    meets_at=time(11, 0),
    logging=LoggingHabits(days=1.0, momentary=0.8, same_day=0.2, next_day=0.0),
    craving=CravingPattern(
        target="alcohol",
        a_day=1.2,
        strength=(6.5, 6.0),
        triggers=("tired", "bad_feeling", "celebration"),
        thoughts=("I do not know what to do with my hands.",),
    ),
    mood=MoodPattern(a_day=1.5, valence=(-0.8, -0.3), associations=("work", "identity", "family")),
    practice=SkillPractice(a_day=0.5, helps=0.5, skills=("slow-breathing", "notice-only")),
    diary=0.9,
    asked=(
        QuestionnairePlan("phq-9", every=14, total=(15, 15)),
        QuestionnairePlan("pacs", every=7, total=(21, 20)),
    ),
    homework=(AssignedSkill("slow-breathing", 7, since=2, note="Two minutes is enough."),),
    said=(
        JournalNote(4, "Signed up today. I do not know yet what to write here."),
        JournalNote(2, "How honest should I be in this?", discuss=True),
    ),
)

#: Wrote a little at first, and nothing for a month.
TOM = PatientProfile(
    username="tom",
    name="Tom Gallagher",
    therapist="dr_lind",
    groups=("evening", "community"),
    enrolled=52,
    stays=(EpisodeProfile("intensive_outpatient", since=53, hours=9),),
    meets=(2, 5),
    meets_at=time(13, 0),
    logging=LoggingHabits(days=0.5, momentary=0.4, same_day=0.4, next_day=0.15, silent_since=31),
    craving=CravingPattern(
        target="alcohol",
        a_day=0.8,
        strength=(6.2, 6.2),
        triggers=("angry", "time_off", "social_pressure"),
    ),
    mood=MoodPattern(a_day=0.6, valence=(-0.8, -0.8), associations=("work", "money")),
    practice=SkillPractice(a_day=0.2, helps=0.4, skills=("freeze-and-step-back", "walk-or-move")),
    attending=AttendanceRates(late=0.15, excused=0.08, no_show=0.2),
    diary=0.3,
    asked=(QuestionnairePlan("phq-9", every=14, total=(9, 9)),),
    homework=(AssignedSkill("walk-or-move", 3, since=40),),
    said=(JournalNote(46, "Phones are not my thing."), JournalNote(33, "Overtime all week.")),
)

#: Shares little, and some of it with her therapist only.
AMARA = PatientProfile(
    username="amara",
    name="Amara Diallo",
    therapist="dr_lind",
    groups=("evening", "community"),
    enrolled=45,
    stays=(EpisodeProfile("intensive_outpatient", since=46, hours=9),),
    meets=(0, 5),
    meets_at=time(14, 0),
    zone="America/New_York",
    logging=LoggingHabits(days=0.82, momentary=0.66, same_day=0.28),
    craving=CravingPattern(
        target="lorazepam",
        a_day=0.5,
        strength=(6.0, 4.6),
        triggers=("bad_feeling", "conflict", "lonely", "anniversary"),
        thoughts=("If they knew me they would leave.",),
    ),
    mood=MoodPattern(
        a_day=1.4, valence=(-1.0, 0.2), associations=("identity", "family", "community")
    ),
    practice=SkillPractice(
        a_day=0.9,
        helps=0.74,
        skills=("facts-not-verdicts", "kindness-practice", "name-it", "feet-and-floor"),
        situations=("After the visit.", "In the bus, when somebody looked at me too long."),
    ),
    shares=("private", "private", "individual_therapist_only", "care_team"),
    asked=(
        QuestionnairePlan("gad-7", every=14, total=(16, 12)),
        QuestionnairePlan("phq-9", every=14, total=(12, 10)),
    ),
    homework=(AssignedSkill("slow-breathing", 7, since=19),),
    said=(
        JournalNote(39, "This one is for me alone.", share="private"),
        JournalNote(28, "The dream came back.", share="private"),
        JournalNote(
            15,
            "I can talk about the visit with Dr. Lind, not in the group.",
            discuss=True,
            share="individual_therapist_only",
        ),
        JournalNote(5, "I said one true sentence in the group.", share="care_team"),
    ),
)

#: Came from day care, misses sessions, and tells plainly when he used.
VICTOR = PatientProfile(
    username="victor",
    name="Victor Reyes",
    therapist="dr_lind",
    groups=("evening", "community"),
    enrolled=56,
    stays=(
        EpisodeProfile(
            "partial_hospitalization",
            since=70,
            hours=20,
            until=35,
            why="Sleeps, eats and gets here by himself; work begins again on Monday.",
        ),
        EpisodeProfile("intensive_outpatient", since=35, hours=9),
    ),
    meets=(1, 4),
    meets_at=time(15, 0),
    zone="America/Denver",
    has_wrong_clock=True,
    logging=LoggingHabits(days=0.66, momentary=0.5, same_day=0.25, next_day=0.15),
    craving=CravingPattern(
        target="methamphetamine",
        a_day=1.3,
        strength=(7.6, 6.4),
        triggers=("tired", "money_or_payday", "social_pressure", "cue_or_place", "testing_control"),
        thoughts=(
            "I could work a double shift on it.",
            "They are only three blocks away.",
            "It is Friday and I have money.",
        ),
    ),
    mood=MoodPattern(
        a_day=0.9, valence=(-1.1, -0.4), associations=("money", "friends", "work", "health")
    ),
    practice=SkillPractice(
        a_day=0.5,
        helps=0.5,
        skills=("leave-risky-place", "cut-the-supply", "refuse-an-offer", "body-basics"),
        situations=("At the bus stop, they called me over.",),
    ),
    attending=AttendanceRates(late=0.14, left_early=0.08, no_show=0.16),
    asked=(
        QuestionnairePlan("bam-7", every=7),
        QuestionnairePlan("phq-9", every=14, total=(10, 7)),
    ),
    homework=(AssignedSkill("call-someone", 3, since=12),),
    said=(
        JournalNote(43, "Day care ends next week. I am not sure I am ready."),
        JournalNote(27, "Slept nine hours. First time in a month."),
        JournalNote(14, "Told the group about Friday. Nobody looked away."),
        JournalNote(5, "I want a plan for paydays.", discuss=True),
    ),
    uses=(
        UseEvent(
            day=44,
            clock=time(1, 30),
            substance="methamphetamine",
            amount=0.2,
            unit="g",
            alone=False,
            before="Old friends at the door.",
            after_effect="No sleep for two nights.",
            told_after=60,
        ),
        UseEvent(
            day=15,
            clock=time(23, 10),
            substance="methamphetamine",
            amount=0.1,
            unit="g",
            alone=False,
            before="Payday, and I walked the old way home.",
            after_effect="Missed group, felt low for three days.",
            told_after=14,
        ),
        UseEvent(
            day=6,
            clock=time(22, 0),
            substance="beer",
            amount=4,
            unit="bottles",
            alone=False,
            before="Birthday of a cousin.",
            after_effect="Went home before it was more.",
            told_after=2,
            discuss=True,
        ),
    ),
)

#: Comes for mood; practises skills most days and craves little.
JUN = PatientProfile(
    username="jun",
    name="Jun Park",
    therapist="dr_lind",
    groups=("morning", "community"),
    enrolled=50,
    stays=(EpisodeProfile("intensive_outpatient", since=51, hours=9),),
    meets=(2, 6),
    meets_at=time(16, 0),
    logging=LoggingHabits(days=0.9, momentary=0.75, same_day=0.2),
    craving=CravingPattern(
        target="online shopping",
        a_day=0.15,
        strength=(4.0, 3.0),
        triggers=("bored", "bad_feeling", "media"),
    ),
    mood=MoodPattern(
        a_day=2.0, valence=(-1.4, 0.6), associations=("education", "dating", "self_care", "family")
    ),
    practice=SkillPractice(
        a_day=1.3,
        helps=0.77,
        skills=(
            "act-opposite",
            "plan-an-activity",
            "thought-record",
            "sleep-wind-down",
            "add-good-moments",
            "walk-or-move",
        ),
        situations=("Did not want to get up.", "Before class.", "After reading old messages."),
    ),
    asked=(
        QuestionnairePlan("gad-2", every=7, total=(3, 2)),
        QuestionnairePlan("phq-9", every=14, total=(8, 6)),
    ),
    homework=(AssignedSkill("delay-and-decide", 4, since=16),),
    targets=("opening the store app",),
    said=(
        JournalNote(46, "Stayed in bed until two."),
        JournalNote(34, "Wrote down the thought and it looked smaller on paper."),
        JournalNote(20, "Two classes this week."),
        JournalNote(12, "Laughed on the phone. It surprised me."),
        JournalNote(
            3, "Could we look at sleep? It is the thing that moves everything else.", discuss=True
        ),
    ),
)

PATIENTS = (NOAH, KEIKO, TOM, AMARA, VICTOR, JUN)
