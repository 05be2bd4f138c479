"""Nobody is called what reads as somebody else, and the log keeps who acted as they were called."""

import pytest
from django.utils import timezone

from backend.kit.errors import InvalidInput
from care.access.chart import NoSuchChart
from care.access.data_categories import DataCategory
from care.access.open import open_chart
from care.accounts import names, staff_invitations
from care.accounts.staff import change_staff
from care.models import AccessLogEntry, User
from care.people.enrol import enrol_patient, invite_patient
from care.people.profile import change_profile
from care.privacy.access_log import access_log_page
from care.support.invite import create_support_code, enrol_supporter
from tests import cast as cast_of
from tests.cast import Cast, own_chart

MISLEADING = {
    "you": "You", "capitals": "YOU", "spaces": " y o u ", "dots": "You.", "wide": "Ｙｏｕ",
    "cyrillic": "Уоu", "accents": "Yóu", "zero": "y0u", "system": "System",
    "dotless": "Systém", "cyrillic system": "Ѕуѕtеm", "ours": "Between Sessions",
    "ours inside": "Team of Between-Sessions", "support": "Support", "one": "The 5upport Team",
    "service": "The service", "officer": "Privacy Officer", "supporter": "Your support person Sam",
    "greek": "\u03a5\u03bf\u03c5", "cherokee": "\u13a9ou", "small capitals": "\u028f\u1d0f\u1d1c",
    "crisis": "Crisis line", "somebody": "Somebody else", "only signs": "!?",
}  # fmt: skip
UNPRINTABLE = {
    "override": "Dr. \u202eonaV", "isolate": "Dr. \u2067x",
    "line": "Dr.\nLind", "return": "Dr.\rLind", "separator": "Dr.\u2028Lind",
    "nul": "Dr.\x00", "tab": "Dr.\tLind", "next line": "Dr.\x85Lind",
}  # fmt: skip


@pytest.mark.parametrize("name", MISLEADING.values(), ids=MISLEADING.keys())
def test_words_of_ours_are_nobodys_name(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"display_name:(reserved_name|blank)"):
        names.validate_display_name(name)


@pytest.mark.parametrize("name", UNPRINTABLE.values(), ids=UNPRINTABLE.keys())
def test_what_turns_or_breaks_a_line_is_in_nobodys_name(name: str) -> None:
    for refuse in (names.validate_display_name, names.validate_printable):
        with pytest.raises(InvalidInput, match="display_name:invalid_characters"):
            refuse(name, field="display_name")


@pytest.mark.parametrize(
    "name",
    ["Maya", "Dr. You", "Young", "O'Neil", "Zoë", "李雷", "مايا", "Мая", "J. R.", "Meier", "Selma",
     "Adminah", "\u200fمايا", "Ines Support", "Sir Vice", "Ema", "Youssef"],
)  # fmt: skip
def test_names_of_people_are_taken(name: str) -> None:
    names.validate_display_name(name)


def test_nobody_of_the_staff_looks_like_a_colleague(cast: Cast) -> None:
    for name, called, field in (
        ("dr_new", "Dr. Lind", "display_name"), ("dr_new", "DR LIND", "display_name"),
        ("dr_new", "Dr. Lіnd", "display_name"), ("dr_Iind", "Dr. New", "username"),
        ("dr_lіnd", "Dr. New", "username"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match=f"^{field}:"):
            staff_invitations.invite_staff(
                clinic_id=cast.clinic.pk, username=name, display_name=called, role="clinician",
                now=timezone.now(),
            )  # fmt: skip
    with pytest.raises(InvalidInput, match="display_name:name_taken"):
        change_staff(
            admin=cast.ada, user_id=cast.dr_okafor.pk, display_name="Dr. Lind", is_active=True,
            now=timezone.now(),
        )  # fmt: skip
    assert User.objects.filter(role="clinician").count() == 2


@pytest.mark.parametrize("name", ["You", "Dr. \u202eonaV"])
def test_wherever_a_name_is_given_it_is_looked_at(cast: Cast, name: str) -> None:
    now = timezone.now()
    for give in (
        lambda: change_profile(user=cast.maya, rev=1, changes={"display_name": name}, now=now),
        lambda: invite_patient(
            clinician=cast.dr_okafor, display_name=name, time_zone="UTC", now=now
        ),
        lambda: staff_invitations.invite_staff(
            clinic_id=cast.clinic.pk, username="x_y", display_name=name, role="admin", now=now
        ),
        lambda: change_staff(
            admin=cast.ada, user_id=cast.dr_lind.pk, display_name=name, is_active=True, now=now
        ),
    ):
        with pytest.raises(InvalidInput, match="display_name:"):
            give()
    assert not User.objects.filter(display_name=name).exists()


def test_a_name_to_sign_in_with_stays_on_one_line(cast: Cast) -> None:
    _, code = invite_patient(
        clinician=cast.dr_okafor, display_name="Iris", time_zone="UTC", now=timezone.now()
    )
    with pytest.raises(InvalidInput, match="username:"):
        enrol_patient(
            invite_code=code, username="iris\u202e", password=cast_of.PASSWORD, time_zone="UTC",
            consent_version="2026-01", now=timezone.now(),
        )  # fmt: skip
    consent = cast_of.agrees(cast.maya)
    given, _ = create_support_code(
        chart=own_chart(cast.maya), consent_id=consent.pk, now=timezone.now()
    )
    with pytest.raises(InvalidInput, match="username:"):
        enrol_supporter(
            code=given, username="al\nma", password=cast_of.PASSWORD, now=timezone.now()
        )


@pytest.mark.parametrize("who", ["dr_lind", "ada", "sam"])
def test_staff_and_support_persons_do_not_rename_themselves(cast: Cast, who: str) -> None:
    user: User = getattr(cast, who)

    with pytest.raises(InvalidInput, match="display_name:not_yours_to_change"):
        change_profile(user=user, rev=1, changes={"display_name": "Dr. Okafor"}, now=timezone.now())
    same = change_profile(
        user=user, rev=1, changes={"display_name": user.display_name}, now=timezone.now()
    )

    assert same.display_name == user.display_name


def test_the_log_says_who_acted_as_they_were_called_then(cast: Cast) -> None:
    now = timezone.now()
    open_chart(viewer=cast.dr_okafor, patient_id=cast.maya.pk, what=DataCategory.ENTRIES, now=now)
    with pytest.raises(NoSuchChart):
        open_chart(viewer=cast.dr_lind, patient_id=cast.maya.pk, what=DataCategory.BRIEF, now=now)
    for user in (cast.dr_okafor, cast.dr_lind):
        User.objects.filter(pk=user.pk).update(display_name="Somebody Other", username=None)

    found = access_log_page(chart=own_chart(cast.maya), limit=10)

    assert {(look.what, look.who) for look in found if look.role == "clinician"} == {
        ("entries", "Dr. Okafor (dr_okafor)"), ("brief", "Dr. Lind (dr_lind)"),
    }  # fmt: skip


def test_another_patient_who_was_refused_is_named_to_nobody(cast: Cast) -> None:
    with pytest.raises(NoSuchChart):
        open_chart(
            viewer=cast.noah, patient_id=cast.maya.pk, what=DataCategory.BRIEF, now=timezone.now()
        )

    look = access_log_page(chart=own_chart(cast.maya), limit=10)[0]

    assert (look.who, look.role, look.what) == ("Somebody else", "patient", "brief")
    assert AccessLogEntry.objects.get(actor_id=cast.noah.pk).actor_name == ""
