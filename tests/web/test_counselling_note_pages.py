"""The pages of counselling notes: the originator writes, whom a patient names reads (R16)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from care.models import AccessLogEntry, CounsellingNote, CounsellingVersion
from tests import cast as people
from tests.api.sessions import test_counselling_notes_readers
from tests.cast import Cast
from tests.counselling_note import CANARY, add_note, colleague_named_in_consent, colleague_on_team
from tests.web.page_client import browser_of, text_of

EMPTY = "There is nothing for you to read here yet."


def place(cast: Cast, note_id: Any = None) -> str:
    notes = f"/review/patients/{cast.maya.pk}/counselling-notes/"
    return notes if note_id is None else f"{notes}{note_id}/"


def test_a_note_is_written_and_the_form_leads_to_the_list(cast: Cast) -> None:
    held = people.session(
        cast.dr_okafor, starts_at=timezone.now() - timedelta(hours=1), with_patient=cast.maya
    )
    client = browser_of(cast.dr_okafor)
    assert EMPTY in text_of(client.get(place(cast)))

    done = client.post(place(cast), {"text": "<b>first</b>\r\nsecond", "session": str(held.pk)})

    assert done["Location"] == f"{place(cast)}?said=noted"
    page = text_of(client.get(done["Location"]))
    assert "&lt;b&gt;first&lt;/b&gt;" in page
    assert "About the session of" in page
    version = CounsellingVersion.objects.get()
    assert version.session_id == held.pk
    note = text_of(client.get(place(cast, version.note_id)))
    assert "&lt;b&gt;first&lt;/b&gt;\nsecond</p>" in note


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": "x", "session": str(uuid4())}, "session"),
    ],
)
def test_what_is_wrong_is_told_beside_the_field(
    cast: Cast, sent: dict[str, str], field: str
) -> None:
    response = browser_of(cast.dr_okafor).post(place(cast), sent)

    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert not CounsellingNote.objects.exists()


def test_sessions_of_others_and_those_without_conversation_are_not_offered(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=1)
    own = people.session(cast.dr_okafor, starts_at=at, with_patient=cast.maya)
    foreign = people.session(cast.dr_lind, starts_at=at, with_patient=cast.noah)
    pills = people.session(cast.dr_okafor, starts_at=at, with_patient=cast.maya, kind="medication")

    page = text_of(browser_of(cast.dr_okafor).get(place(cast)))

    assert str(own.pk) in page
    assert str(foreign.pk) not in page
    assert str(pills.pk) not in page


def test_a_change_is_shown_and_kept_as_the_next_version(cast: Cast) -> None:
    note_id, client = add_note(cast.dr_okafor, cast.maya), browser_of(cast.dr_okafor)

    done = client.post(place(cast, note_id), {"text": "other words", "rev": "1"})

    assert done["Location"] == f"{place(cast, note_id)}?said=note_changed"
    assert "other words" in text_of(client.get(done["Location"]))
    assert CounsellingVersion.objects.count() == 2


def test_a_change_of_an_older_version_keeps_what_was_typed_and_stores_nothing(cast: Cast) -> None:
    note_id, client = add_note(cast.dr_okafor, cast.maya), browser_of(cast.dr_okafor)
    client.post(place(cast, note_id), {"text": "the newer words", "rev": "1"})

    stale = client.post(place(cast, note_id), {"text": "what was typed", "rev": "1"})

    page = text_of(stale)
    assert stale.status_code == 409
    assert '<p class="kept off-paper" dir="auto">the newer words</p>' in page
    assert "what was typed</textarea>" in page
    assert 'name="rev" value="2"' in page
    assert CounsellingVersion.objects.count() == 2
    assert client.post(place(cast, note_id), {"text": "what was typed", "rev": "2"})["Location"]


def test_deleting_asks_for_the_version_that_was_read(cast: Cast) -> None:
    note_id, client = add_note(cast.dr_okafor, cast.maya), browser_of(cast.dr_okafor)

    older = client.post(f"{place(cast, note_id)}delete/", {"rev": "7"})
    assert older["Location"] == place(cast, note_id)
    done = client.post(f"{place(cast, note_id)}delete/", {"rev": "1"})

    assert done["Location"] == f"{place(cast)}?said=note_deleted"
    assert EMPTY in text_of(client.get(place(cast)))
    assert client.get(place(cast, note_id)).status_code == 404


def test_whom_the_patient_named_reads_and_does_not_change(cast: Cast) -> None:
    note_id, client = (
        add_note(cast.dr_okafor, cast.maya),
        browser_of(colleague_named_in_consent(cast)),
    )

    page = text_of(client.get(place(cast, note_id)))

    assert CANARY in page
    assert "Written by Dr. Okafor; you read it by the consent of Maya." in page
    assert "<form class" not in page
    assert "By Dr. Okafor." in text_of(client.get(place(cast)))
    for address, sent in ((place(cast, note_id), {"text": "x", "rev": "1"}),
                          (f"{place(cast, note_id)}delete/", {"rev": "1"})):  # fmt: skip
        assert client.post(address, sent).status_code == 404
    assert client.get(f"{place(cast, note_id)}delete/").status_code == 404
    assert CounsellingVersion.objects.count() == 1


def test_a_mate_sees_the_same_page_with_notes_of_others_and_without(cast: Cast) -> None:
    client = browser_of(colleague_on_team(cast))
    note_id = add_note(cast.dr_okafor, cast.maya)

    page = text_of(client.get(place(cast)))

    assert EMPTY in page
    assert CANARY not in page
    there, nowhere = (client.get(place(cast, pk)) for pk in (note_id, uuid4()))
    assert (there.status_code, nowhere.status_code) == (404, 404)


@pytest.mark.parametrize(
    "who", [test_counselling_notes_readers.stranger, test_counselling_notes_readers.in_an_emergency]
)
def test_everybody_else_finds_no_such_page(
    cast: Cast, who: test_counselling_notes_readers.Who
) -> None:
    note_id = add_note(cast.dr_okafor, cast.maya)
    client = browser_of(who(cast))

    assert client.get(place(cast)).status_code == 404
    assert client.get(place(cast, note_id)).status_code == 404


def test_it_opens_without_consent_to_treatment_and_leads_to_no_closed_page(cast: Cast) -> None:
    add_note(cast.dr_okafor, cast.maya)
    client = browser_of(
        test_counselling_notes_readers.originator_without_consent_to_treatment(cast)
    )

    page = text_of(client.get(place(cast)))

    assert CANARY in page
    assert f'href="/review/patients/{cast.maya.pk}/"' not in page


def test_older_notes_stand_on_the_next_page(cast: Cast) -> None:
    now = timezone.now()
    for number in range(21):
        add_note(cast.dr_okafor, cast.maya, f"note {number}", now=now - timedelta(minutes=number))
    client = browser_of(cast.dr_okafor)

    first = text_of(client.get(place(cast)))
    [older] = [part.split('"')[0] for part in first.split('href="') if "before=" in part[:120]]
    second = text_of(client.get(older.replace("&amp;", "&")))

    assert "note 19" in first
    assert "note 20" not in first
    assert "note 20" in second
    assert "Older notes" not in second
    assert "note 0" in text_of(client.get(f"{place(cast)}?before=nonsense"))


def test_each_look_is_in_the_patients_log(cast: Cast) -> None:
    note_id, client = add_note(cast.dr_okafor, cast.maya), browser_of(cast.dr_okafor)
    before = AccessLogEntry.objects.filter(data_class="counselling_notes").count()

    client.get(place(cast))
    client.get(place(cast, note_id))

    assert AccessLogEntry.objects.filter(data_class="counselling_notes").count() == before + 2
