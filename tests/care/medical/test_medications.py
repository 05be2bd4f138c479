"""What a patient takes by agreement: who writes it, what is kept, and what was due on a day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend.backup import restore
from backend.kit.errors import InvalidInput
from care.access.chart import Chart, NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.medical.medications import (
    MedicationChanged,
    NoSuchMedication,
    OnlyCareTeamPrescribes,
    add_medication,
    change_medication,
    end_medication,
    medication_histories,
    medications_of,
    open_medication_chart,
)
from care.medical.regimen import Regimen
from care.models import AccessLogEntry, MedicationVersion, User
from notifications.models.reminder import Reminder
from tests.cast import Cast, own_chart

pytestmark = pytest.mark.django_db
#: A Wednesday, noon in Chicago.
NOW = datetime(2026, 5, 6, 17, 0, tzinfo=UTC)
TODAY = date(2026, 5, 6)
DAY = timedelta(days=1)
MORNING, EVENING = 8 * 60, 20 * 60


def chart_of(cast: Cast, who: User | None = None) -> Chart:
    return open_chart(
        viewer=who or cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.MEDICAL, now=NOW,
        to_write=True,
    )  # fmt: skip


def regimen(**changes: Any) -> Regimen:
    taken: dict[str, Any] = {
        "name": "Sertraline", "kind": "medicine", "dose": "50 mg with food", "minutes": (MORNING,),
        "starts_on": TODAY - 30 * DAY, "prescriber": "Dr. Hale",
    }  # fmt: skip
    return Regimen(**taken | changes)


def added(cast: Cast, now: datetime = NOW, **changes: Any) -> Any:
    return add_medication(chart=chart_of(cast), regimen=regimen(**changes), now=now)


def series() -> list[dict[str, Any]]:
    live = Reminder.objects.filter(purpose="dose", deleted_at__isnull=True)
    return [
        dict(row) for row in live.values("minutes", "weekdays", "starts_on", "ends_on", "active")
    ]


# --- Writing ---------------------------------------------------------------------------------


def test_patient_and_team_read_the_same_and_the_words_are_encrypted(cast: Cast) -> None:
    added(cast)
    added(cast, name="Magnesium", kind="supplement")

    own = medications_of(chart=own_chart(cast.maya))

    assert own == medications_of(chart=chart_of(cast))
    assert [one.regimen.name for one in own] == ["Sertraline", "Magnesium"]
    assert (own[0].regimen, own[0].written_by) == (regimen(), "Dr. Okafor")
    for version in MedicationVersion.objects.all():
        assert b"Sertraline" not in bytes(version.words)
    row = AccessLogEntry.objects.filter(data_class="medical", action="write").latest("id")
    assert (row.actor_id, row.patient_id) == (cast.dr_okafor.pk, cast.maya.pk)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"minutes": (MORNING, MORNING)}, "times", "doubled"),
        ({"ends_on": TODAY - 31 * DAY}, "ends_on", "before_start"),
        ({"starts_on": date(1926, 1, 1)}, "starts_on", "out_of_range"),
        ({"minutes": (), "has_reminder": True}, "reminder", "without_times"),
        ({"minutes": (480, 500), "has_reminder": True}, "times", "too_close_to_remind"),
        (
            {"minutes": (300, 480, 600, 800, 1000), "has_reminder": True},
            "times", "too_close_to_remind",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_so_is_named_and_nothing_is_kept(
    cast: Cast, changes: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        added(cast, **changes)

    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]
    assert not MedicationVersion.objects.exists()


def test_one_name_stands_once_at_a_time(cast: Cast) -> None:
    first = added(cast)

    with pytest.raises(InvalidInput) as refusal:
        added(cast, name="SERTRALINE")

    assert refusal.value.errors[0].field == "name"
    end_medication(chart=chart_of(cast), medication_id=first.id, rev=1, now=NOW)
    added(cast, name="SERTRALINE")
    listed = medications_of(chart=chart_of(cast), with_ended=True)
    assert {one.regimen.name for one in listed} == {"SERTRALINE", "Sertraline"}


def test_a_change_is_a_version_and_the_one_before_stays(cast: Cast) -> None:
    one = added(cast)

    changed = change_medication(
        chart=chart_of(cast), medication_id=one.id, rev=1, changes={"dose": "100 mg"}, now=NOW
    )
    with pytest.raises(MedicationChanged):
        change_medication(
            chart=chart_of(cast), medication_id=one.id, rev=1, changes={"dose": "75 mg"}, now=NOW
        )

    (history,) = medication_histories(chart=chart_of(cast))
    assert [version.regimen.dose for version in history.versions] == ["50 mg with food", "100 mg"]
    assert (changed.rev, changed.regimen.prescriber) == (2, "Dr. Hale")


def test_what_has_ended_is_changed_no_more(cast: Cast) -> None:
    one = added(cast)
    end_medication(chart=chart_of(cast), medication_id=one.id, rev=1, now=NOW)

    for act in (
        lambda: end_medication(chart=chart_of(cast), medication_id=one.id, rev=2, now=NOW),
        lambda: change_medication(
            chart=chart_of(cast), medication_id=one.id, rev=2, changes={}, now=NOW
        ),
    ):
        with pytest.raises(NoSuchMedication):
            act()

    assert medications_of(chart=own_chart(cast.maya)) == []


def test_neither_the_patient_nor_a_stranger_writes(cast: Cast) -> None:
    one = added(cast)
    own = own_chart(cast.maya)

    for act in (
        lambda: add_medication(chart=own, regimen=regimen(name="Other"), now=NOW),
        lambda: change_medication(
            chart=own, medication_id=one.id, rev=1, changes={"dose": "0"}, now=NOW
        ),
        lambda: end_medication(chart=own, medication_id=one.id, rev=1, now=NOW),
    ):
        with pytest.raises(OnlyCareTeamPrescribes):
            act()
    with pytest.raises(NoSuchChart):
        open_medication_chart(viewer=cast.dr_lind, medication_id=one.id, now=NOW)

    assert MedicationVersion.objects.count() == 1


def test_a_restore_raises_the_newest_version_of_each(cast: Cast) -> None:
    for name in ("Sertraline", "Magnesium"):
        one = added(cast, name=name)
    change_medication(
        chart=chart_of(cast), medication_id=one.id, rev=1, changes={"dose": "two"}, now=NOW
    )

    restore.begin_generation(now=NOW)

    histories = medication_histories(chart=chart_of(cast))
    assert sorted(len(history.versions) for history in histories) == [1, 2]
    assert all(history.versions[-1].rev > 1_000 for history in histories)
    assert min(history.versions[0].rev for history in histories) == 1


# --- What was due ----------------------------------------------------------------------------


def test_a_day_has_what_stood_at_its_beginning(cast: Cast) -> None:
    one = added(cast)
    change_medication(
        chart=chart_of(cast), medication_id=one.id, rev=1,
        changes={"minutes": (MORNING, EVENING)}, now=NOW + 3 * DAY,
    )  # fmt: skip
    end_medication(chart=chart_of(cast), medication_id=one.id, rev=2, now=NOW + 5 * DAY)

    (history,) = medication_histories(chart=chart_of(cast))

    due = [history.doses_due(TODAY + n * DAY) for n in range(-1, 8)]
    #       before, written, then one a day; changed on the 9th, ended on the 11th.
    assert due == [0, 0, 1, 1, 1, 2, 2, 0, 0]


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"weekdays": 0b0010101}, [0, 1, 0, 0, 1, 0, 1]),  # Monday, Wednesday, Friday
        ({"starts_on": TODAY + 2 * DAY, "ends_on": TODAY + 3 * DAY}, [0, 1, 1, 0, 0, 0, 0]),
        ({"minutes": ()}, [0] * 7),
    ],
)
def test_days_of_the_week_and_limits(cast: Cast, changes: dict[str, Any], due: list[int]) -> None:
    added(cast, **changes)

    (history,) = medication_histories(chart=chart_of(cast))

    assert [history.doses_due(TODAY + n * DAY) for n in range(1, 8)] == due


# --- Reminders -------------------------------------------------------------------------------


def test_reminders_come_at_its_times_and_follow_it(cast: Cast) -> None:
    one = added(cast, minutes=(EVENING, MORNING), has_reminder=True, weekdays=3)
    first = series()

    change_medication(
        chart=chart_of(cast), medication_id=one.id, rev=1, changes={"minutes": (MORNING,)}, now=NOW
    )
    moved = series()
    end_medication(chart=chart_of(cast), medication_id=one.id, rev=2, now=NOW)

    assert [row["minutes"] for row in first] == [[MORNING, EVENING]]
    assert (first[0]["weekdays"], first[0]["starts_on"]) == (3, TODAY - 30 * DAY)
    assert [row["minutes"] for row in moved] == [[MORNING]]
    assert series() == []
    assert Reminder.objects.filter(purpose="dose").count() == 1


def test_without_a_reminder_none_comes(cast: Cast) -> None:
    added(cast)

    assert not Reminder.objects.filter(purpose="dose").exists()


def test_what_the_patient_deleted_or_turned_off_stays_so(cast: Cast) -> None:
    one = added(cast, has_reminder=True)
    Reminder.objects.filter(purpose="dose").update(
        active=False, next_due_at=None, next_day=None, next_slot=None
    )
    change_medication(
        chart=chart_of(cast), medication_id=one.id, rev=1, changes={"minutes": (EVENING,)}, now=NOW
    )

    assert [(row["minutes"], row["active"]) for row in series()] == [([EVENING], False)]
    Reminder.objects.filter(purpose="dose").update(deleted_at=NOW)
    change_medication(
        chart=chart_of(cast), medication_id=one.id, rev=2, changes={"minutes": (MORNING,)}, now=NOW
    )
    assert series() == []
