"""One patient's stay at the doors of the API, and what every brief says against a ledger of it.

Referral, admission, a plan that is agreed to, a schedule, three weeks of practice, groups, doses,
tasks and lessons, feedback, a step down with a handover, the discharge, and aftercare. The weeks
hold the night on which clocks go forward. What is expected is counted here, from what was sent.
"""

import base64
import zlib
from datetime import datetime, timedelta
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rest_framework.test import APIClient

from care.models import CareTeamMembership, User
from journaling import formatting
from tests import cast as people
from tests.api.responses import API
from tests.cast import Cast, signed_in
from tests.journaling.exports.export_runner import as_json, made
from tests.proofs.stay.patient_stay import ADMITTED, CHICAGO, Stay, at, clock

pytestmark = pytest.mark.django_db

WEEKS = 3
MEDICINE = "Naltrexone"
SLOW, NAMED = "slow-breathing", "name-it"
FEEDBACK = {"heard": 8, "goals": 7, "approach": 9, "overall": 8}
#: What an export of the stay holds beside entries.
KEPT_PARTS = (
    "care_plans", "care_plan_responses", "medications", "needs", "tasks", "aftercare_plans",
    "session_feedback", "assignments", "attendance",
)  # fmt: skip


def referred(cast: Cast) -> Stay:
    """Invite a patient, who enrols by the code, and put a physician on their team."""
    physician = people.staff(cast.clinic, "dr_sato", "Dr. Sato")
    with clock(at(-3, 9)):
        therapist = signed_in(cast.dr_okafor)
        invited = therapist.post(API + "patients", {"display_name": "Iris",
                                                    "time_zone": str(CHICAGO)}).json()  # fmt: skip
        enrolled = signed_in(None).post(API + "auth/enroll", {
            "invite_code": invited["invite_code"], "username": "iris",
            "password": "a lantern by the old pier", "time_zone": str(CHICAGO),
            "device_name": "Iris's phone", "consent": {"version": "2026-01", "agreed": True},
        })  # fmt: skip
        assert enrolled.status_code == 201, enrolled.content
        iris = User.objects.get(pk=UUID(enrolled.json()["user"]["id"]))
        stay = Stay(cast, physician, iris)
        team = {"clinician": str(physician.pk), "role": CareTeamMembership.Role.PHYSICIAN}
        stay.call(cast.dr_okafor, "POST", f"{stay.door}/care-team", team)
    return stay


def admitted(stay: Stay) -> None:
    """Admit, agree on a plan, and give what is to be practised, taken, done and read."""
    okafor = stay.cast.dr_okafor
    asks = {
        "physician": str(stay.physician.pk), "symptoms": "moderate",
        "lower_level_insufficient": True, "tolerates_intensity": True,
        "co_occurring_manageable": True, "not_at_imminent_risk": True, "complies": "able",
    }  # fmt: skip
    with clock(at(0, 8)):
        stay.call(okafor, "POST", "episodes", {
            "patient": str(stay.iris.pk), "level_of_care": "intensive_outpatient",
            "admitted_on": str(ADMITTED), "planned_hours_per_week": 9.5, "admission": asks,
            "asam": {"edition": "4", "code": "2.1"},
            "referral": {"kind": "hospital", "name": "Lakeside Hospital"},
        }, status=201)  # fmt: skip
        problem = {"text": "Evenings alone", "goals": [{
            "text": "Sleep seven hours", "objectives": [
                {"text": "Breathe slowly each evening", "skills": [SLOW], "measures": ["phq-9"],
                 "interventions": []}],
        }]}  # fmt: skip
        stay.call(okafor, "PUT", f"{stay.door}/care-plan",
                  {"hours_per_week": 9.5, "problems": [problem]}, if_match=0)  # fmt: skip
        stay.call(stay.iris, "POST", "care-plan/1/response", {"agreed": True, "comment": "Yes."})
        stay.call(stay.iris, "PUT", "availability", {"spans": [
            {"days": ["sat"], "starts": "08:00", "ends": "16:00", "kind": "busy",
             "reason": "work"}]}, if_match=0)  # fmt: skip
        for skill, times in ((SLOW, 5), (NAMED, 2)):
            stay.call(okafor, "POST", f"{stay.door}/assignments",
                      {"skill": skill, "per_week": times}, status=201)  # fmt: skip
        stay.call(okafor, "POST", f"{stay.door}/medications", {
            "name": MEDICINE, "kind": "medicine", "dose": "50 mg", "times": ["08:00"],
            "starts_on": str(ADMITTED), "reminder": True}, status=201)  # fmt: skip
        stay.call(okafor, "POST", f"{stay.door}/needs",
                  {"kind": "housing", "text": "A quieter room"}, status=201)  # fmt: skip
        stay.call(okafor, "POST", f"{stay.door}/tasks",
                  {"text": "Call the housing office", "due_on": str(ADMITTED + timedelta(days=9))},
                  status=201)  # fmt: skip
        stay.call(okafor, "POST", f"{stay.door}/lessons", {"lesson": "regular-meals"}, status=201)


def scheduled(stay: Stay) -> None:
    """Plan a group on three days a week and a weekly session alone."""
    okafor = stay.cast.dr_okafor
    with clock(at(0, 8, 30)):
        group = stay.call(okafor, "POST", "groups", {"name": "Evening group"}, status=201)
        stay.call(okafor, "POST", f"groups/{group['id']}/members",
                  {"patient": str(stay.iris.pk)}, status=201)  # fmt: skip
        stay.call(okafor, "PUT", f"groups/{group['id']}/curriculum", {
            "theme": "relapse_prevention", "starts_on": str(ADMITTED),
            "weeks": [{"text": "Slow down", "skills": [SLOW]},
                      {"text": "Name it", "skills": [NAMED]}],
        }, if_match=0)  # fmt: skip
        last = str(ADMITTED + timedelta(days=7 * WEEKS))
        stay.call(okafor, "POST", "sessions", {
            "kind": "group", "group": group["id"], "starts_at": at(0, 17).isoformat(),
            "ends_at": at(0, 20).isoformat(),
            "repeats": {"days": ["mon", "wed", "fri"], "until": last}}, status=201)  # fmt: skip
        alone = stay.call(okafor, "POST", "sessions", {
            "kind": "individual", "patient": str(stay.iris.pk),
            "starts_at": at(1, 10).isoformat(), "ends_at": at(1, 10, 50).isoformat(),
            "repeats": {"days": ["tue"], "until": last}}, status=201)  # fmt: skip
        assert alone["conflicts"] == []


def sessions_of(stay: Stay, day: int) -> list[dict[str, Any]]:
    """List the patient's sessions of one day, as their phone does."""
    until = at(day + 1, 0)
    return [row for row in stay.call(stay.iris, "GET", "sessions?limit=100")["results"]
            if at(day, 0) <= datetime.fromisoformat(row["starts_at"]) < until]  # fmt: skip


def lives(stay: Stay, day: int, roll: Random) -> None:
    """Let a day pass, as dice have it; another day is not the same."""
    if roll.random() < 0.9:
        stay.logs(at(day, 8), "dose", name=MEDICINE, taken=roll.random() < 0.8)
    for hour in sorted(roll.sample(range(11, 16), roll.randrange(3))):
        used = roll.random() < 0.1
        stay.logs(at(day, hour), "craving", intensity=roll.randrange(1, 7), target="alcohol",
                  outcome="used" if used else "did_not_use")  # fmt: skip
    if roll.random() < 0.7:
        helped = roll.choice((True, True, False, None))
        stay.logs(at(day, 16), "skill_practice", skill=SLOW, attempted=True, able=True,
                  **({} if helped is None else {"helped": helped}))  # fmt: skip
    if roll.random() < 0.8:
        stay.logs(at(day, 21), "daily", date=str(ADMITTED + timedelta(days=day)),
                  sleep_hours=roll.randrange(4, 9), urges={"use": {"peak": roll.randrange(4)},
                  "suicide": {"peak": 0}})  # fmt: skip


def attends(stay: Stay, day: int) -> None:
    """Let the patient come to what is planned, for its whole time."""
    for session in sessions_of(stay, day):
        starts = datetime.fromisoformat(session["starts_at"])
        ends = datetime.fromisoformat(session["ends_at"])
        minutes = int((ends - starts).total_seconds() / 60)
        with clock(ends + timedelta(minutes=5)):
            body = [{"patient": str(stay.iris.pk), "status": "present", "minutes": minutes}]
            stay.call(stay.cast.dr_okafor, "POST", f"sessions/{session['id']}/attendance", body)
            if session["kind"] == "individual":
                stay.call(stay.iris, "POST", f"sessions/{session['id']}/feedback",
                          FEEDBACK, status=201)  # fmt: skip
        stay.attended.append((starts, minutes))


# --- What a brief says ------------------------------------------------------------------------


def brief_before(stay: Stay, day: int) -> dict[str, str]:
    """Read the brief half an hour before the session alone, by section."""
    with clock(at(day, 9, 30)):
        (session,) = [s for s in sessions_of(stay, day) if s["kind"] == "individual"]
        told = stay.call(stay.cast.dr_okafor, "GET", f"sessions/{session['id']}/brief")
    assert sum(len(part["lines"]) for part in told["sections"]) <= 45
    return {part["key"]: "\n".join(line["text"] for line in part["lines"])
            for part in told["sections"]}  # fmt: skip


def check_brief(stay: Stay, day: int, since: datetime) -> None:
    """Hold a brief against the ledger."""
    told, until = brief_before(stay, day), at(day, 9, 30)
    sent = stay.sent
    over = (until.date() - since.date()).days
    entries = sent.between(since, until)
    assert (
        f"{formatting.pluralize(len(entries), 'entry', 'entries')}, the last on" in told["header"]
    )
    cravings = sent.between(since, until, "craving")
    resisted = sum(one["outcome"] == "did_not_use" for one in cravings)
    if cravings:
        times = formatting.pluralize(len(cravings), "time")
        assert f"{formatting.pluralize(len(cravings), 'episode')} on" in told["craving"]
        assert f"Outcome: did not use {resisted} of {times}." in told["craving"]
    practices = sent.between(since, until, "skill_practice")
    answered = [one["helped"] for one in practices if "helped" in one]
    if answered:
        times = formatting.pluralize(len(answered), "time")
        assert f"helped {sum(answered)} of {times}" in told["skills"]
    nights = [one["sleep_hours"] for one in sent.between(since, until, "daily")]
    if nights:
        hours = formatting.format_number(median(nights))
        assert (
            f"Sleep: median {hours} hours ({formatting.pluralize(len(nights), 'night')})"
            in (told["mood_sleep"])
        )
    first_due = max(since.date(), ADMITTED + timedelta(days=1))
    due = (until.date() - first_due).days
    doses = {when.date(): body["taken"] for when, body in sent.entries
             if body["kind"] == "dose" and first_due <= when.date() < until.date()}  # fmt: skip
    if due:
        assert f"{MEDICINE} taken {sum(doses.values())} of {due} due" in told["body"]
    used = any(one["outcome"] == "used" for one in cravings)
    assert ("Ask first: the use" in told["header"]) == used
    assert "None reported" in told["safety"] or not nights
    assert over <= 7


def closes_homework(stay: Stay) -> None:
    """End what was given as kept, and see it gone from the next brief."""
    given = stay.call(stay.cast.dr_okafor, "GET", f"{stay.door}/assignments")["results"]
    for one in given:
        if one["skill"] == NAMED:
            stay.call(stay.cast.dr_okafor, "POST", f"assignments/{one['id']}/close",
                      {"outcome": "kept"})  # fmt: skip


# --- The end of the stay ----------------------------------------------------------------------


def steps_down(stay: Stay) -> None:
    """Step down, and hand over what the patient chose, by a link that opens once asked rightly."""
    day = 7 * WEEKS
    okafor = stay.cast.dr_okafor
    with clock(at(day, 11)):
        (episode,) = stay.call(okafor, "GET", f"episodes?patient={stay.iris.pk}")["results"]
        stay.call(okafor, "POST", f"episodes/{episode['id']}/level-changes", {
            "to": "outpatient", "on": str(ADMITTED + timedelta(days=day)), "reason": "Steadier.",
            "planned_hours_per_week": 3}, status=201)  # fmt: skip
        texts = stay.call(stay.iris, "GET", "consents/texts")["results"]
        text = next(one for one in texts if one["purpose"] == "handover")
        stay.call(stay.iris, "POST", "consents", {
            "purpose": "handover", "version": text["version"], "agreed": True,
            "signed_name": "Iris", "scope": ["level", "plan", "skills", "medicines"],
            "recipient": "North Clinic", "expires_at": at(day + 30, 12).isoformat()},
            status=201)  # fmt: skip
        made_link = stay.call(okafor, "POST", f"{stay.door}/handovers", {}, status=201)
        said = opened_link(made_link)
        assert MEDICINE in said
        assert "Sleep seven hours" in said
        log = stay.call(stay.iris, "GET", "handovers")["results"]
        assert [one["fetches"] for one in log] == [1]


def opened_link(made_link: dict[str, str]) -> str:
    """Open a SMART Health Link as another clinic would, by no code of ours."""

    def raw(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    payload = orjson.loads(raw(made_link["link"].partition("shlink:/")[2]))
    path = "/" + payload["url"].split("/", 3)[3]
    answer = APIClient().post(path, {"recipient": "Dr. North", "passcode": made_link["passcode"]},
                              format="json")  # fmt: skip
    assert answer.status_code == 200, answer.content
    head, _, nonce, sealed, tag = answer.json()["files"][0]["embedded"].split(".")
    plain = AESGCM(raw(payload["key"])).decrypt(raw(nonce), raw(sealed) + raw(tag), head.encode())
    return zlib.decompress(plain, wbits=-15).decode()


def leaves(stay: Stay) -> None:
    """Write the plan for the time after, and end the treatment."""
    day = 7 * WEEKS + 14
    okafor = stay.cast.dr_okafor
    with clock(at(day, 11)):
        stay.call(stay.iris, "PUT", "aftercare-plan",
                  {"warning_signs": ["Skipping meals"], "people": ["My sister"]},
                  if_match=0)  # fmt: skip
        episodes = stay.call(okafor, "GET", f"episodes?patient={stay.iris.pk}")["results"]
        (episode,) = [one for one in episodes if one["discharged_on"] is None]
        stay.call(okafor, "POST", f"episodes/{episode['id']}/level-changes", {
            "to": "discharge", "on": str(ADMITTED + timedelta(days=day)), "reason": "Done.",
            "outcome": "completed"}, status=201)  # fmt: skip


def test_a_whole_stay_from_referral_to_aftercare(cast: Cast) -> None:
    roll = Random(2026)
    stay = referred(cast)
    admitted(stay)
    scheduled(stay)
    since = at(0, 0)
    for day in range(7 * WEEKS + 1):
        if day % 7 == 1:
            check_brief(stay, day, since)
            since = at(day, 10)
            if day == 8:
                with clock(at(day, 10, 30)):
                    closes_homework(stay)
        if day < 7 * WEEKS:
            lives(stay, day, roll)
            attends(stay, day)
    check_week(stay)
    with clock(at(9, 12)):
        (task,) = stay.call(stay.iris, "GET", "tasks")["results"]
        stay.call(stay.iris, "POST", f"tasks/{task['id']}/done")
    with clock(at(9, 13)):
        stay.call(stay.iris, "POST", "lessons/regular-meals/read", {"answer": 1})
    steps_down(stay)
    leaves(stay)
    check_everything_is_there(stay)


def check_week(stay: Stay) -> None:
    """Hold the hours of each day against the sessions that were come to."""
    with clock(at(7 * WEEKS, 9)):
        hours = stay.call(
            stay.cast.dr_okafor, "GET",
            f"{stay.door}/hours?from={ADMITTED}&to={ADMITTED + timedelta(days=7 * WEEKS - 1)}",
        )  # fmt: skip
    expected: dict[str, int] = {}
    for starts, minutes in stay.attended:
        day = str(starts.astimezone(CHICAGO).date())
        expected[day] = expected.get(day, 0) + minutes
    assert {row["day"]: row["minutes"] for row in hours["days"] if row["minutes"]} == expected
    assert len(expected) == 4 * WEEKS


def check_everything_is_there(stay: Stay) -> None:
    """Long after, the patient still reads all of it, and takes it along."""
    long_after = at(200, 12)
    with clock(long_after):
        plan = stay.call(stay.iris, "GET", "aftercare-plan")
        assert plan["warning_signs"] == ["Skipping meals"]
        exported = as_json(stay.iris, made(stay.iris, "json", now=long_after))
        shown = {one["id"] for one in exported["entries"]}
        assert shown == {body["id"] for _, body in stay.sent.entries}
        for part in KEPT_PARTS:
            assert exported[part], part
        assert len(exported["attendance"]) == len(stay.attended)
        assert {one["level_of_care"] for one in exported["episodes"]} == {
            "intensive_outpatient", "outpatient"
        }  # fmt: skip
