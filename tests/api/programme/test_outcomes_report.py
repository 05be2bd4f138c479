"""GET reports/outcomes and reports/census: sums of who was discharged, for administrators alone."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from pytest_django import Settings

from care.models import AccessLogEntry, Clinic, Consent, Episode, LevelChange, Patient, User
from journaling.entries.record import record_entry
from journaling.measures import instruments
from journaling.models import Assignment, Entry
from journaling.reports import read_outcomes
from journaling.reports.read_outcomes import outcomes_report
from tests import cast as people
from tests.api.responses import API, problem
from tests.cast import Cast, own_chart, signed_in

pytestmark = pytest.mark.django_db
DOOR, CENSUS = f"{API}reports/outcomes", f"{API}reports/census"
NOW = datetime(2026, 3, 24, 15, tzinfo=UTC)
ADMITTED, DISCHARGED = date(2025, 5, 5), date(2025, 7, 14)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def discharged(cast: Cast, user: User) -> LevelChange:
    """Let somebody have stepped down once, and then been discharged."""
    first = people.admitted(user, on=ADMITTED)
    Episode.objects.filter(pk=first.pk).update(discharged_on=ADMITTED + timedelta(days=30))
    second = Episode.objects.create(
        patient_id=user.pk, level_of_care=Episode.LevelOfCare.OUTPATIENT,
        admitted_on=ADMITTED + timedelta(days=30), discharged_on=DISCHARGED,
    )  # fmt: skip
    common = {
        "patient_id": user.pk, "words": b"sealed", "decided_by": cast.dr_okafor, "decided_at": NOW,
    }  # fmt: skip
    LevelChange.objects.create(
        left=first, entered=second, step="down", changed_on=second.admitted_on, **common
    )
    Patient.objects.filter(pk=user.pk).update(discharged_at=NOW)
    return LevelChange.objects.create(
        left=second, step="discharge", changed_on=DISCHARGED, **common
    )


def crowd(cast: Cast, n: int) -> list[User]:
    """Discharge so many people in one month."""
    users = [
        people.patient(cast.clinic, f"crowd{k}", f"Crowd {k}", treated_by=cast.dr_okafor)
        for k in range(n)
    ]
    for user in users:
        discharged(cast, user)
    return users


def in_treatment(cast: Cast, n: int) -> list[User]:
    """Admit so many people, one a day from the first of February on."""
    users = [
        people.patient(cast.clinic, f"in{k}", f"In {k}", treated_by=cast.dr_lind) for k in range(n)
    ]
    for k, user in enumerate(users):
        people.admitted(user, on=date(2026, 2, 1 + k))
    return users


def scored(user: User, total: int, on: date, *, share: str = "care_team") -> None:
    """Let somebody have filled in a PHQ-9 of this total, and have told it at once."""
    instrument = instruments.find_instrument("phq-9", "1")
    assert instrument is not None
    left, answers = total, {}
    for item in instrument.items:
        if item.id in instrument.scales[0].items:
            answers[item.id] = min(3, left)
            left -= answers[item.id]
    at = datetime(on.year, on.month, on.day, 18, tzinfo=UTC)
    sent: dict[str, Any] = {
        "id": str(uuid4()), "kind": "measure", "occurred_at": at.isoformat(), "share": share,
        "recorded_at": at.isoformat(), "completed_at": at.isoformat(), "time_zone": people.ZONE,
        "instrument": "phq-9", "version": "1", "answers": answers,
    }  # fmt: skip
    record_entry(chart=own_chart(user), sent=sent, now=at)


def year(cast: Cast, number: int = 2025) -> dict[str, Any]:
    """Read one year of the report as the administrator."""
    answer = signed_in(cast.ada).get(DOOR, {"from": f"{number}-01-01", "to": f"{number}-12-31"})
    assert answer.status_code == 200, answer.content
    (found,) = answer.json()["years"]
    return dict(found)


def test_eleven_people_of_a_month_are_shown_and_ten_are_not(cast: Cast) -> None:
    crowd(cast, 11)
    assert year(cast)["months"][6]["counts"]["discharged"] == 11

    Episode.objects.filter(patient__user__username="crowd0").delete()

    assert year(cast)["months"][6]["counts"]["discharged"] is None
    assert year(cast)["months"][6]["sums"] is None


def test_a_step_down_is_no_discharge_and_a_stay_is_counted_from_its_first_admission(
    cast: Cast,
) -> None:
    crowd(cast, 11)

    found = year(cast)

    assert [row["counts"]["discharged"] for row in found["months"]] == [0] * 6 + [11] + [0] * 5
    assert found["months"][6]["sums"]["median_days"] == (DISCHARGED - ADMITTED).days


def test_an_end_that_nobody_recorded_is_told_as_that(cast: Cast) -> None:
    crowd(cast, 11)

    counts = year(cast)["total"]["counts"]

    assert counts["not_recorded"] == counts["discharged"] == 11


def test_first_and_last_scores_of_the_stay_are_compared(cast: Cast) -> None:
    for user in crowd(cast, 22)[:11]:
        scored(user, 20, ADMITTED - timedelta(days=20))
        scored(user, 15, ADMITTED + timedelta(days=3))
        scored(user, 5, DISCHARGED - timedelta(days=2))
        scored(user, 20, DISCHARGED + timedelta(days=9))

    counts = year(cast)["total"]["counts"]

    assert (counts["phq-9.both"], counts["phq-9.improved"]) == (11, 11)
    assert (counts["phq-9.worse"], counts["phq-9.none"]) == (0, 11)


def test_a_private_questionnaire_is_missing(cast: Cast) -> None:
    for user in crowd(cast, 11):
        scored(user, 15, ADMITTED + timedelta(days=3), share="private")

    assert year(cast)["total"]["counts"]["phq-9.none"] == 11


def test_hours_homework_and_feedback_are_summed_with_their_wholes(cast: Cast) -> None:
    for user in crowd(cast, 11):
        at = datetime(2025, 6, 2, 15, tzinfo=UTC)
        people.session(cast.dr_okafor, starts_at=at, with_patient=user, minutes=60,
                       status="present")  # fmt: skip
        people.session(cast.dr_okafor, starts_at=at + timedelta(days=1), with_patient=user,
                       minutes=60, status="no_show")  # fmt: skip
        people.session(cast.dr_okafor, starts_at=at + timedelta(days=2), with_patient=user,
                       minutes=60)  # fmt: skip
        Assignment.objects.create(
            patient_id=user.pk, skill="slow-breathing", per_week=3, since=date(2025, 6, 2),
            assigned_at=at, assigned_by=cast.dr_okafor.pk, ended_at=at, outcome="discussed",
        )  # fmt: skip
    sums = year(cast)["total"]["sums"]
    assert (sums["assignments"], sums["discussed"]) == (11, 0)
    for user in User.objects.filter(username__startswith="crowd"):
        practised(user, date(2025, 6, 3))

    sums = year(cast)["total"]["sums"]

    assert sums["discussed"] == 11
    assert (sums["planned_hours"], sums["unknown_hours"], sums["sessions"]) == (22, 11, 11)
    assert (sums["attended_hours"], sums["feedback"]) == (11, 0)


def practised(user: User, on: date) -> None:
    at = datetime(on.year, on.month, on.day, 18, tzinfo=UTC)
    sent: dict[str, Any] = {
        "id": str(uuid4()), "kind": "skill_practice", "occurred_at": at.isoformat(),
        "recorded_at": at.isoformat(), "time_zone": people.ZONE, "skill": "slow-breathing",
        "attempted": True, "able": True,
    }  # fmt: skip
    record_entry(chart=own_chart(user), sent=sent, now=at)


def test_who_took_their_consent_back_is_in_no_count(cast: Cast) -> None:
    users = crowd(cast, 23)
    Consent.objects.filter(patient_id__in=[user.pk for user in users[:12]]).update(revoked_at=NOW)

    report = signed_in(cast.ada).get(DOOR, {"from": "2025-01-01", "to": "2025-12-31"}).json()

    assert report["not_covered"] == 12
    assert report["years"][0]["total"]["counts"]["discharged"] == 11
    assert not AccessLogEntry.objects.filter(patient_id=users[0].pk, data_class="outcomes").exists()


def test_a_consent_that_ended_with_the_treatment_still_counts(cast: Cast) -> None:
    users = crowd(cast, 11)
    Consent.objects.filter(patient_id__in=[user.pk for user in users]).update(
        expires_event=Consent.Event.END_OF_TREATMENT, expires_at=None
    )

    assert year(cast)["total"]["counts"]["discharged"] == 11


def test_whose_consent_names_one_clinician_is_in_no_count(cast: Cast) -> None:
    users = crowd(cast, 11)
    Consent.objects.filter(patient_id__in=[user.pk for user in users]).update(
        recipient_clinician=cast.dr_okafor
    )

    assert year(cast)["total"]["counts"]["discharged"] == 0


def test_whose_consent_covers_no_sessions_is_in_no_count(cast: Cast) -> None:
    users = crowd(cast, 11)
    Consent.objects.filter(patient_id__in=[user.pk for user in users]).update(
        scope=["shared_entries"]
    )

    assert year(cast)["total"]["counts"]["discharged"] == 0


def test_how_many_are_not_covered_is_hidden_where_they_are_few(cast: Cast) -> None:
    users = crowd(cast, 4)
    Consent.objects.filter(patient_id=users[0].pk).update(revoked_at=NOW)

    assert signed_in(cast.ada).get(DOOR).json()["not_covered"] is None


def test_another_clinic_is_not_counted(cast: Cast) -> None:
    users = crowd(cast, 11)
    other = Clinic.objects.create(
        name="Elsewhere", time_zone=people.ZONE, created_at=people.LONG_AGO
    )
    User.objects.filter(pk__in=[user.pk for user in users]).update(clinic=other)

    assert year(cast)["total"]["counts"]["discharged"] == 0


def test_each_who_is_counted_finds_it_in_their_access_log_and_is_not_named(cast: Cast) -> None:
    users = crowd(cast, 11)

    said = signed_in(cast.ada).get(DOOR).content.decode()

    assert "Crowd" not in said
    assert str(users[0].pk) not in said
    assert "Okafor" not in said
    logged = AccessLogEntry.objects.filter(data_class="outcomes", action="read")
    assert set(logged.values_list("patient_id", flat=True)) == {user.pk for user in users}


@pytest.mark.parametrize(
    ("first", "last"),
    [("2025-07-14", "2025-07-14"), ("2025-08-01", "2025-08-31")],
    ids=["day", "month"],
)
def test_days_within_a_year_are_widened_so_that_no_difference_tells_of_few(
    cast: Cast, first: str, last: str
) -> None:
    crowd(cast, 11)

    narrow = signed_in(cast.ada).get(DOOR, {"from": first, "to": last}).json()

    assert narrow["years"] == [year(cast)]
    assert narrow["years"][0]["total"]["counts"]["discharged"] == 11


def test_csv_says_where_a_cell_is_hidden(cast: Cast) -> None:
    crowd(cast, 4)

    answer = signed_in(cast.ada).get(DOOR, {"format": "csv", "from": "2025-01-01"})

    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[6]["discharged"] == "hidden"
    assert rows[6]["median_days"] == "hidden"
    assert rows[0]["discharged"] == "0"
    assert answer["Content-Disposition"] == 'attachment; filename="outcomes-2025-2026.csv"'


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "soon"}, "from"),
        ({"from": "2025-05-02", "to": "2025-05-01"}, "to"),
        ({"from": "2019-01-01"}, "from"),
        ({"format": "pdf"}, "format"),
        ({"therapist": "x"}, "therapist"),
    ],
)
def test_a_wrong_query_names_its_field(cast: Cast, query: dict[str, str], field: str) -> None:
    body = problem(signed_in(cast.ada).get(DOOR, query), 400, "invalid_input")

    assert [fault["field"] for fault in body["errors"]] == [field]


@pytest.mark.parametrize("who", ["maya", "dr_okafor", "sam"])
@pytest.mark.parametrize("door", ["outcomes", "census"])
def test_nobody_but_administrators_reads_it(cast: Cast, who: str, door: str) -> None:
    assert signed_in(getattr(cast, who)).get(f"{API}reports/{door}").status_code == 403


def test_a_census_counts_by_level_on_the_first_of_the_month(cast: Cast) -> None:
    in_treatment(cast, 12)

    early = signed_in(cast.ada).get(CENSUS, {"on": "2026-02-28"}).json()
    later = signed_in(cast.ada).get(CENSUS).json()

    assert (early["on"], early["patients"]) == ("2026-02-01", None)
    assert (later["on"], later["patients"]) == ("2026-03-01", 12)
    shown = {row["level"]: (row["patients"], row["median_days"]) for row in later["levels"]}
    assert shown["intensive_outpatient"] == (12, 22)
    assert shown["residential"] == (0, None)


def test_another_clinic_is_in_no_census(cast: Cast) -> None:
    users = in_treatment(cast, 12)
    other = Clinic.objects.create(
        name="Elsewhere", time_zone=people.ZONE, created_at=people.LONG_AGO
    )
    User.objects.filter(pk__in=[user.pk for user in users]).update(clinic=other)

    assert signed_in(cast.ada).get(CENSUS).json()["patients"] == 0


def test_a_level_of_few_is_hidden_and_so_is_what_tells_of_it(cast: Cast) -> None:
    users = in_treatment(cast, 15)
    few = Episode.objects.filter(patient_id__in=[user.pk for user in users[:3]])
    few.update(level_of_care="outpatient")

    census = signed_in(cast.ada).get(CENSUS).json()

    shown = {row["level"]: (row["patients"], row["median_days"]) for row in census["levels"]}
    assert census["patients"] == 15
    assert shown["outpatient"] == shown["intensive_outpatient"] == (None, None)


@pytest.mark.parametrize("report", ["outcomes", "census"])
def test_no_setting_shows_fewer_than_eleven_people(
    cast: Cast, settings: Settings, report: str
) -> None:
    settings.SMALLEST_CELL = 2
    crowd(cast, 5)
    in_treatment(cast, 5)

    told = signed_in(cast.ada).get(f"{API}reports/{report}").json()

    assert told["smallest_cell"] == 11
    if report == "census":
        assert told["patients"] is None
    else:
        assert told["years"][0]["months"][6]["counts"]["discharged"] is None


def test_a_census_of_the_future_is_refused(cast: Cast) -> None:
    problem(signed_in(cast.ada).get(CENSUS, {"on": "2026-04-01"}), 400, "invalid_input")


def test_the_statement_of_one_patient_never_reads_another(cast: Cast) -> None:
    users = crowd(cast, 11)
    scored(users[0], 15, ADMITTED + timedelta(days=3))

    found = read_outcomes._records_of_patient(users[1].pk, date(2025, 1, 1), date(2025, 12, 31))

    assert dict(found.scores) == {}
    assert len(found.treatments) == 1


def test_the_room_is_asked_with_the_same_answer(cast: Cast) -> None:
    crowd(cast, 11)

    report = outcomes_report(
        viewer=cast.ada, first=date(2025, 1, 1), last=date(2025, 2, 1), now=NOW
    )

    assert [one.year for one in report.years] == [2025]
    assert report.smallest_cell == 11
    assert Entry.objects.count() == 0
