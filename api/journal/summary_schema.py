"""How a summary is described: every figure with its words, its number and its period."""

from typing import Any

from rest_framework import serializers

from journaling.insights.confidence import Confidence

#: The fixed words; null claims nothing.
CONFIDENCES = [Confidence.TOO_EARLY.value, Confidence.LEANING.value, Confidence.FAIRLY_SURE.value]


class FindingOut(serializers.Serializer[Any]):
    """What may be claimed, in ready words; ``confidence`` is null where nothing is."""

    text = serializers.CharField()
    confidence = serializers.ChoiceField(choices=CONFIDENCES, allow_null=True)


class TrendOut(FindingOut):
    """A change over ``days`` days, of which ``n`` have an entry; ``change`` in points or null."""

    n = serializers.IntegerField()
    days = serializers.IntegerField()
    change = serializers.FloatField(allow_null=True)


class WeeksOut(serializers.Serializer[Any]):
    """The mean of the last seven days beside the seven before; null where no day has a value."""

    text = serializers.CharField()
    earlier = serializers.FloatField(allow_null=True)
    earlier_days = serializers.IntegerField()
    later = serializers.FloatField(allow_null=True)
    later_days = serializers.IntegerField()
    arrow = serializers.CharField(allow_null=True)


class CourseOut(serializers.Serializer[Any]):
    """One daily rating on its scale."""

    low = serializers.IntegerField()
    high = serializers.IntegerField()
    trend = TrendOut()
    weeks = WeeksOut()


class TimingOut(FindingOut):
    """When cravings come; ``top`` is null where they are spread."""

    n = serializers.IntegerField()
    top = serializers.CharField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class CravingCourseOut(CourseOut):
    """The strongest craving of each day, and when cravings come."""

    parts_of_day = TimingOut()
    weekdays = TimingOut()


class AfterSkillOut(serializers.Serializer[Any]):
    """Cravings before and after one skill, most used first; no skill is ranked."""

    skill = serializers.CharField()
    name = serializers.CharField()
    n = serializers.IntegerField()
    lower = serializers.IntegerField()
    before = serializers.FloatField()
    after = serializers.FloatField()
    text = serializers.CharField()


class StandOutOut(FindingOut):
    """The one skill that stands out, or null."""

    skill = serializers.CharField(allow_null=True)


class SkillFindingsOut(serializers.Serializer[Any]):
    """What may be said about skills."""

    after = AfterSkillOut(many=True)
    stands_out = StandOutOut()


class DaysOfUseOut(serializers.Serializer[Any]):
    """Days by what is known; a day without any entry is unknown."""

    days = serializers.IntegerField()
    without_use = serializers.IntegerField()
    with_use = serializers.IntegerField()
    unknown = serializers.IntegerField()
    text = serializers.CharField()


class PeriodOut(serializers.Serializer[Any]):
    """Local days, both included; it begins with the patient's first day where that is later."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    days = serializers.IntegerField()


class LoggedOut(serializers.Serializer[Any]):
    """How many entries, on how many days; ``too_late`` of them stand in no figure."""

    n = serializers.IntegerField()
    days = serializers.IntegerField()
    too_late = serializers.IntegerField()
    text = serializers.CharField()
    too_late_text = serializers.CharField(allow_blank=True)


class SummaryOut(serializers.Serializer[Any]):
    """Figures with their words, their number and their period."""

    period = PeriodOut()
    logged = LoggedOut()
    use = DaysOfUseOut()
    mood = CourseOut()
    craving = CravingCourseOut()
    skills = SkillFindingsOut()
