"""Whom Dr. Okafor treats."""

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
    Travel,
    UseEvent,
)

#: Steady, and getting steadier; one return to use. Reminders reach her at any hour.
MAYA = PatientProfile(
    username="maya",
    name="Maya Torres",
    therapist="dr_okafor",
    groups=("morning", "community"),
    enrolled=56,
    stays=(EpisodeProfile("intensive_outpatient", since=57, hours=10),),
    meets=(0, 3),
    meets_at=time(13, 0),
    visits=(SingleSession(-5, time(17, 30), "family"), SingleSession(9, time(17, 30), "family")),
    has_quiet_hours=False,
    logging=LoggingHabits(days=0.86),
    craving=CravingPattern(
        target="alcohol",
        a_day=1.1,
        strength=(7.0, 4.2),
        triggers=("lonely", "tired", "conflict", "time_off", "cue_or_place"),
        thoughts=(
            "One glass would take the edge off.",
            "Nobody would know.",
            "I only want the evening to be over.",
            "It was a hard day, I have earned it.",
        ),
    ),
    mood=MoodPattern(
        a_day=1.3, valence=(-0.9, 0.9), associations=("family", "work", "partner", "health")
    ),
    practice=SkillPractice(
        a_day=0.75,
        helps=0.8,
        skills=("ride-the-urge", "slow-breathing", "call-someone", "walk-or-move", "halt-check"),
        situations=("After the call with my mother.", "On the way home past the store."),
    ),
    diary=0.8,
    asked=(
        QuestionnairePlan("phq-9", every=14, total=(17, 8)),
        QuestionnairePlan("gad-7", every=14, total=(13, 8)),
        QuestionnairePlan("pacs", every=7, total=(19, 10)),
        QuestionnairePlan("bam-7", every=7),
    ),
    homework=(
        AssignedSkill(
            "ride-the-urge", 4, since=25, note="Evenings first, when the apartment is quiet."
        ),
        AssignedSkill("halt-check", 5, since=11),
    ),
    said=(
        JournalNote(52, "First group today. I said more than I planned to, and it was fine."),
        JournalNote(40, "Sundays are the longest day of the week."),
        JournalNote(31, "Told my sister. She listened and did not give advice."),
        JournalNote(
            19, "I am sad about last night and I want to look at it, not hide it.", discuss=True
        ),
        JournalNote(11, "Made dinner from scratch. Small thing, good thing."),
        JournalNote(4, "Anniversary of dad's death is next week. I feel it coming.", discuss=True),
        JournalNote(1, "I would like to talk about how to say no at the wedding.", discuss=True),
    ),
    uses=(
        UseEvent(
            day=20,
            clock=time(21, 40),
            substance="wine",
            amount=3,
            unit="glasses",
            alone=True,
            before="Argument on the phone, then the apartment was very quiet.",
            after_effect="Slept badly, called my sister in the morning.",
            told_after=10,
            discuss=True,
        ),
    ),
)

#: Logs everything, many times a day.
LEO = PatientProfile(
    username="leo",
    name="Leo Nakamura",
    therapist="dr_okafor",
    groups=("morning", "community"),
    enrolled=56,
    stays=(EpisodeProfile("intensive_outpatient", since=56, hours=9),),
    meets=(1, 5),
    meets_at=time(14, 0),
    logging=LoggingHabits(days=1.0, momentary=0.93, same_day=0.07, next_day=0.0),
    craving=CravingPattern(
        target="cannabis",
        a_day=2.6,
        strength=(5.5, 4.6),
        triggers=("bored", "tired", "media", "social_pressure", "good_feeling"),
        thoughts=("It is only weed.", "I think better with it.", "Everyone at the table is."),
    ),
    mood=MoodPattern(
        a_day=2.8, valence=(0.1, 0.4), associations=("friends", "hobbies", "tasks", "work")
    ),
    practice=SkillPractice(
        a_day=1.6,
        helps=0.6,
        skills=(
            "delay-and-decide",
            "planned-distraction",
            "one-thing-now",
            "burst-of-movement",
            "refuse-an-offer",
            "notice-only",
        ),
        situations=("Game night.", "Waiting for a build at work.", "Walking past the old corner."),
    ),
    diary=0.95,
    asked=(
        QuestionnairePlan("gad-7", every=14, total=(9, 8)),
        QuestionnairePlan("phq-2", every=7, total=(2, 2)),
    ),
    homework=(AssignedSkill("delay-and-decide", 5, since=18),),
    targets=("gaming past midnight",),
    said=(
        JournalNote(49, "I log a lot because otherwise I forget what the day was."),
        JournalNote(
            33, "Tuesday: twelve o'clock, four o'clock, nine o'clock. Same three every day."
        ),
        JournalNote(21, "Tried the game without it. My hands missed it more than my head did."),
        JournalNote(9, "Said no twice at the concert and stayed to the end."),
        JournalNote(2, "Is it normal that boredom feels like panic?", discuss=True),
    ),
)

#: Lives one zone east of the clinic, and was away for a few days.
INES = PatientProfile(
    username="ines",
    name="Inês Carvalho",
    therapist="dr_okafor",
    groups=("morning", "community"),
    enrolled=48,
    stays=(EpisodeProfile("intensive_outpatient", since=49, hours=9),),
    meets=(0, 4),
    meets_at=time(15, 0),
    zone="America/Indiana/Indianapolis",
    journey=Travel(first=24, last=20, zone="America/Los_Angeles"),
    logging=LoggingHabits(days=0.74, momentary=0.55, same_day=0.3, next_day=0.1),
    craving=CravingPattern(
        target="binge eating",
        a_day=0.7,
        strength=(6.4, 5.2),
        triggers=("hungry", "bad_feeling", "tired", "conflict"),
        thoughts=("I already ate badly, so it does not matter.", "Only tonight."),
    ),
    mood=MoodPattern(
        a_day=1.2, valence=(-1.2, -0.1), associations=("self_care", "family", "work", "travel")
    ),
    practice=SkillPractice(
        a_day=0.8,
        helps=0.66,
        skills=("regular-meal", "soothe-with-senses", "check-the-facts", "kindness-practice"),
        situations=("Before dinner at my aunt's.", "Alone in the hotel room."),
    ),
    attending=AttendanceRates(late=0.12, excused=0.1),
    asked=(
        QuestionnairePlan("phq-9", every=14, total=(14, 13)),
        QuestionnairePlan("gad-7", every=14, total=(12, 7)),
    ),
    homework=(AssignedSkill("regular-meal", 7, since=20, note="Breakfast at a table counts."),),
    targets=("binge eating", "skipping meals"),
    said=(
        JournalNote(44, "I eat standing up. I only noticed because I had to log it."),
        JournalNote(22, "Work trip. Breakfast at a table every day, I am proud of that."),
        JournalNote(13, "Scales went out of the bathroom."),
        JournalNote(
            3, "I skipped lunch twice this week and both evenings were hard.", discuss=True
        ),
    ),
)

#: Fills in days later, always; his entries are kept and shown apart.
SAMIR = PatientProfile(
    username="samir",
    name="Samir Haddad",
    therapist="dr_okafor",
    groups=("evening", "community"),
    enrolled=42,
    stays=(EpisodeProfile("intensive_outpatient", since=42, hours=9),),
    meets=(2, 6),
    meets_at=time(13, 0),
    logging=LoggingHabits(days=0.6, momentary=0.0, same_day=0.0, next_day=0.0),
    craving=CravingPattern(
        target="gambling",
        a_day=0.8,
        strength=(6.0, 5.5),
        triggers=("money_or_payday", "bored", "media", "testing_control"),
        thoughts=("I can win it back.", "Just to look at the odds."),
    ),
    mood=MoodPattern(a_day=0.7, valence=(-0.6, -0.2), associations=("money", "family", "work")),
    practice=SkillPractice(
        a_day=0.4, helps=0.5, skills=("cut-the-supply", "delay-and-decide", "call-someone")
    ),
    attending=AttendanceRates(late=0.2, no_show=0.06),
    diary=0.2,
    asked=(QuestionnairePlan("phq-9", every=14, total=(10, 9)),),
    homework=(AssignedSkill("cut-the-supply", 2, since=17),),
    said=(
        JournalNote(35, "I do these on the weekend because the evenings with the kids are full."),
        JournalNote(18, "Gave my brother the card."),
        JournalNote(6, "Payday is the day to plan for."),
    ),
)

#: Stepped down to weekly outpatient care three weeks ago.
RUTH = PatientProfile(
    username="ruth",
    name="Ruth Abernathy",
    therapist="dr_okafor",
    groups=("evening", "community"),
    enrolled=56,
    stays=(
        EpisodeProfile(
            "intensive_outpatient",
            since=78,
            hours=9,
            until=21,
            why="Eight weeks steady, and her evenings are full again.",
        ),
        EpisodeProfile("outpatient", since=21, hours=1),
    ),
    meets=(3,),
    meets_at=time(10, 0),
    logging=LoggingHabits(days=0.8, momentary=0.5, same_day=0.42, next_day=0.06),
    craving=CravingPattern(
        target="alcohol",
        a_day=0.4,
        strength=(4.6, 2.6),
        triggers=("lonely", "celebration", "anniversary", "pain"),
        thoughts=("We always had sherry at four.",),
    ),
    mood=MoodPattern(
        a_day=0.9, valence=(0.0, 1.1), associations=("community", "family", "spirituality")
    ),
    practice=SkillPractice(
        a_day=0.6,
        helps=0.88,
        skills=("spirit-or-meaning", "go-to-a-meeting", "call-someone", "sleep-wind-down"),
    ),
    asked=(
        QuestionnairePlan("phq-9", every=14, total=(13, 5)),
        QuestionnairePlan("pacs", every=14, total=(12, 4)),
        QuestionnairePlan("bam-30", every=28),
    ),
    homework=(AssignedSkill("go-to-a-meeting", 2, since=21, note="Any meeting that you like."),),
    said=(
        JournalNote(50, "My granddaughter set this up for me. I can do the rest myself."),
        JournalNote(29, "Sixty-eight and still learning to ask for help."),
        JournalNote(21, "Last evening with the group. I will miss the coffee and the honesty."),
        JournalNote(8, "Choir again after two years."),
        JournalNote(2, "Knee is bad this week and that is when I think of it.", discuss=True),
    ),
)

#: Took her consent back six days ago: nobody of the staff reads her entries any more.
DANA = PatientProfile(
    username="dana",
    name="Dana Whitfield",
    therapist="dr_okafor",
    groups=("morning", "community"),
    enrolled=38,
    stays=(EpisodeProfile("intensive_outpatient", since=39, hours=9),),
    meets=(2, 5),
    meets_at=time(16, 0),
    consent_ended=6,
    logging=LoggingHabits(days=0.7, momentary=0.6, same_day=0.3, silent_since=6),
    craving=CravingPattern(
        target="nicotine",
        a_day=1.5,
        strength=(5.8, 5.2),
        triggers=("angry", "tired", "social_pressure", "conflict"),
        thoughts=("I need five minutes for myself.",),
    ),
    mood=MoodPattern(a_day=0.8, valence=(-0.7, -0.3), associations=("work", "partner", "money")),
    practice=SkillPractice(
        a_day=0.5, helps=0.55, skills=("ask-clearly", "freeze-and-step-back", "muscle-release")
    ),
    attending=AttendanceRates(excused=0.12, no_show=0.08),
    shares=("care_team", "care_team", "private"),
    asked=(QuestionnairePlan("gad-7", every=14, total=(11, 10)),),
    said=(
        JournalNote(30, "Work wants to know why I leave at noon."),
        JournalNote(
            10, "Not sure who sees what here. I want to know before I write more.", discuss=True
        ),
    ),
)

PATIENTS = (MAYA, LEO, INES, SAMIR, RUTH, DANA)
