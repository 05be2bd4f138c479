"""The twelve sections of an individual brief, in the order that therapists know (CLINICAL §5)."""

from journaling.brief.sections import (
    agenda,
    craving,
    data,
    header,
    in_the_way,
    measures,
    moment,
    mood_sleep,
    safety,
    skills,
    use,
    went_well,
)
from journaling.brief.sections.part import Part

#: Nobody may find a section at another place tomorrow.
SECTIONS: tuple[Part, ...] = (
    Part("header", "Who and when", header.write),
    Part("safety", "Safety", safety.write),
    Part("agenda", "On their mind", agenda.write),
    Part("in_the_way", "Getting in the way", in_the_way.write),
    Part("use", "Use", use.write),
    Part("moment", "The one moment to look at", moment.write),
    Part("craving", "Craving", craving.write),
    Part("mood_sleep", "Mood and sleep", mood_sleep.write),
    Part("skills", "Skills", skills.write),
    Part("measures", "Measures", measures.write),
    Part("went_well", "Went well", went_well.write),
    Part("data", "About these data", data.write),
)
