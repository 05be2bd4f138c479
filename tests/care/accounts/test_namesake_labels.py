"""Two people of one name are told apart, and nobody else is given a mark."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from care.accounts.names import add_namesake_labels, has_namesakes, namesake_key, namesake_labels
from care.models import User
from care.people.enrol import invite_patient
from tests import cast as people
from tests.cast import ZONE, Cast

NOON = datetime(2026, 5, 4, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sam", "sam"),
        ("Zoë", "Zoe\u0308"),
        ("Zoë", "zoe"),
        ("Sam B.", "Sam  B"),
        ("Sam", "Sam\u200b"),
        ("Sam", "\u2067Sam\u2069"),
        ("ＳＡＭ", "sam"),
        ("Straße", "STRASSE"),
        ("Élodie-Ann", "elodie ann"),
    ],
)
def test_what_an_eye_takes_for_one_name_is_one(one: str, other: str) -> None:
    assert namesake_key(one) == namesake_key(other)
    assert has_namesakes([one, "Maya", other])


@pytest.mark.parametrize(("one", "other"), [("Sam", "Samu"), ("Sam 1", "Sam 2"), ("علی", "عمر")])
def test_other_names_are_others(one: str, other: str) -> None:
    assert namesake_key(one) != namesake_key(other)
    assert not has_namesakes([one, other])


def test_who_enrolled_is_told_by_what_they_sign_in_with(cast: Cast) -> None:
    first = people.patient(cast.clinic, "sam.k", "Sam", treated_by=cast.dr_okafor)
    second = people.patient(cast.clinic, "sam1990", "SAM", treated_by=cast.dr_okafor)

    found = namesake_labels(viewer=cast.dr_okafor, now=timezone.now())

    assert found == {first.pk: "sam.k", second.pk: "sam1990"}


def test_who_was_invited_is_told_by_when(cast: Cast) -> None:
    for n in (0, 1):
        invite_patient(
            clinician=cast.dr_okafor, display_name="Iris", time_zone=ZONE,
            now=NOON + timedelta(hours=n),
        )  # fmt: skip

    found = namesake_labels(viewer=cast.dr_okafor, now=timezone.now())

    assert sorted(found.values()) == [
        "invited May 4, 12:00 pm", "invited May 4, 1:00 pm",
    ]  # fmt: skip


def test_even_that_may_be_alike(cast: Cast) -> None:
    for _ in range(2):
        invite_patient(clinician=cast.dr_okafor, display_name="Iris", time_zone=ZONE, now=NOON)

    found = namesake_labels(viewer=cast.dr_okafor, now=timezone.now())

    assert len(set(found.values())) == 2
    assert all(told.startswith("invited May 4, 12:00 pm, no. ") for told in found.values())


def test_a_patient_of_somebody_else_is_no_namesake(cast: Cast) -> None:
    people.patient(cast.clinic, "maya2", "Maya", treated_by=cast.dr_lind)

    assert namesake_labels(viewer=cast.dr_okafor, now=timezone.now()) == {}


def test_who_is_listed_beside_them_counts(cast: Cast) -> None:
    other = people.patient(cast.clinic, "maya2", "Maya", treated_by=cast.dr_lind)

    found = namesake_labels(viewer=cast.dr_okafor, now=timezone.now(), also=[other.pk])

    assert found == {cast.maya.pk: "maya", other.pk: "maya2"}


def test_colleagues_are_told_apart_and_not_from_patients(cast: Cast) -> None:
    second = people.staff(cast.clinic, "b_lind", "Dr. Lind")
    people.patient(cast.clinic, "okafor", "Dr. Okafor", treated_by=cast.dr_okafor)

    found = namesake_labels(viewer=cast.dr_okafor, now=timezone.now())

    assert found == {cast.dr_lind.pk: "dr_lind", second.pk: "b_lind"}


def test_a_list_of_plain_text_gets_them_in_brackets(cast: Cast) -> None:
    pairs = [(cast.maya.pk, "Maya"), (cast.noah.pk, "Noah")]

    assert [name for _, name in add_namesake_labels(pairs, {cast.maya.pk: "maya"})] == [
        "Maya (maya)",
        "Noah",
    ]


@pytest.mark.parametrize("count", [1, 12])
def test_it_is_one_statement(cast: Cast, count: int) -> None:
    for n in range(count):
        people.patient(cast.clinic, f"p{n}", "Sam", treated_by=cast.dr_okafor)
    viewer = User.objects.select_related("clinic").get(pk=cast.dr_okafor.pk)

    with CaptureQueriesContext(connection) as seen:
        namesake_labels(viewer=viewer, now=timezone.now())

    assert len(seen) == 1
