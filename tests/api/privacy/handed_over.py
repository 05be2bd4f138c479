"""What tests of handovers have in common: agree, make one, open its link and read what it tells."""

import base64
import zlib
from datetime import timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone
from rest_framework.test import APIClient

from journaling.briefs.mirror import MIRROR_BINDING
from journaling.models import BriefMirror
from tests import cast as people
from tests.api.responses import API
from tests.api.sample_entries import full
from tests.cast import Cast, signed_in

PARTS = ["level", "plan", "skills", "measures", "medicines", "aftercare", "safety_plan"]


def agree(cast: Cast, **changes: Any) -> str:
    """Let maya agree to a handover; return the consent's id."""
    end = (timezone.now() + timedelta(days=90)).isoformat()
    body = {
        "purpose": "handover", "version": "2026-01", "agreed": True, "signed_name": "Maya R.",
        "scope": PARTS, "recipient": "North Clinic", "expires_at": end,
    }  # fmt: skip
    answer = signed_in(cast.maya).post(API + "consents", body | changes)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def door(cast: Cast) -> str:
    return f"{API}patients/{cast.maya.pk}/handovers"


def make(cast: Cast, **body: Any) -> dict[str, Any]:
    answer = signed_in(cast.dr_okafor).post(door(cast), body)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def payload_of(link: str) -> dict[str, Any]:
    text = link.removeprefix("shlink:/")
    return dict(orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(file: str, key: str) -> dict[str, Any]:
    """Decrypt a compact JWE as RFC 7516 says, by no code of ours."""
    head, nothing, nonce, sealed, tag = file.split(".")
    assert nothing == ""
    assert orjson.loads(raw(head)) == {
        "alg": "dir", "cty": "application/fhir+json", "enc": "A256GCM", "zip": "DEF",
    }  # fmt: skip
    plain = AESGCM(raw(key)).decrypt(raw(nonce), raw(sealed) + raw(tag), head.encode())
    return dict(orjson.loads(zlib.decompress(plain, wbits=-15)))


def ask(made: dict[str, Any], **changes: Any) -> Any:
    """Open the link as somebody without an account."""
    body = {"recipient": "Dr. North", "passcode": made["passcode"]} | changes
    address = payload_of(made["link"])["url"].partition("testserver")[2]
    return APIClient().post(address, body, format="json")


def bundle_of(made: dict[str, Any]) -> dict[str, Any]:
    answer = ask(made)
    assert answer.status_code == 200, answer.content
    (file,) = answer.json()["files"]
    assert set(file) == {"contentType", "embedded"}
    return opened(file["embedded"], payload_of(made["link"])["key"])


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    resources = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in resources if one["resourceType"] == kind]


def texts_of(bundle: dict[str, Any]) -> str:
    """Return the bundle with every attachment that is text decoded."""
    attached = [
        content["attachment"]
        for document in of_type(bundle, "DocumentReference")
        for content in document["content"]
    ]
    plain = [one["data"] for one in attached if one["contentType"].startswith("text/")]
    return orjson.dumps(bundle).decode() + "".join(base64.b64decode(one).decode() for one in plain)


def sheet_of(bundle: dict[str, Any]) -> bytes:
    (data,) = [
        content["attachment"]["data"]
        for document in of_type(bundle, "DocumentReference")
        for content in document["content"]
        if content["attachment"]["contentType"] == "application/pdf"
    ]
    return base64.b64decode(data)


def log_entry(cast: Cast, kind: str, **changes: Any) -> None:
    answer = signed_in(cast.maya).post(API + "entries", full(kind) | changes)
    assert answer.status_code == 201, answer.content


def strike(cast: Cast, name: str) -> None:
    """Let maya have struck a line from the brief of a session."""
    session = people.session(
        cast.dr_okafor, starts_at=timezone.now() + timedelta(days=1), with_patient=cast.maya
    )
    row = BriefMirror(patient_id=cast.maya.pk, session=session, read_at=timezone.now())
    words = orjson.dumps({"struck": [name], "added": []})
    row.words = people.own_chart(cast.maya).cipher.seal(words, column=MIRROR_BINDING, row=row.pk)
    row.save(force_insert=True)
