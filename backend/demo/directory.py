"""What the demo clinic says of itself and plans for a level of care, and made-up help near it."""

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from uuid import UUID

from backend.demo.people import DemoPeople
from backend.demo.programme import ZONE
from backend.kit.timezones import local_to_utc
from care.clinic.level_plans import LevelPlanDetails, MeasureDue, write_level_plan
from care.clinic.profile import ClinicDetails, write_clinic_profile
from care.clinic.resources import ResourceDetails, put_resource

#: Numbers of 555-01xx belong to nobody, and example.org is nobody's either.
_HOURS = ("Mon to Fri 8:00 to 20:30", "Sat and Sun 9:00 to 13:00")
_DETAILS = ClinicDetails(
    name="",
    address="12 Pier Street\nChicago, IL 60699",
    phone="(312) 555-0100",
    hours=_HOURS,
    cost_page="https://harbor-iop.example.org/costs",
    website="https://harbor-iop.example.org/",
    insurance="Most plans, Medicaid and Medicare. Without insurance, fees follow income.",
    scholarship_contact="Lena Brandt at the front desk, (312) 555-0102",
    crisis_phone="3125550101",
)


@dataclass(frozen=True, slots=True)
class DemoResource:
    """One resource, and how many days ago somebody last checked it; None is never."""

    number: int
    details: ResourceDetails
    checked: int | None

    @property
    def id(self) -> UUID:
        """Return the same id at every load."""
        return UUID(f"de300000-0000-7000-8000-0000000001{self.number:02d}")


RESOURCES = (
    DemoResource(
        1,
        ResourceDetails(
            kind="support_group", name="Wednesday Circle", region="Lakeside",
            description="An open group for anybody who wants to drink or use less.",
            address="Lakeside Library, room 2", phone="(312) 555-0111",
            hours=("Wed 18:00 to 19:30",), languages=("en",),
        ),
        checked=20,
    ),
    DemoResource(
        2,
        ResourceDetails(
            kind="support_group", name="Círculo del Jueves", region="Lakeside",
            description="Un grupo abierto en español, también para familiares.",
            address="Lakeside Library, room 3", phone="(312) 555-0112",
            hours=("Thu 18:00 to 19:30",), languages=("es",),
        ),
        checked=20,
    ),
    DemoResource(
        3,
        ResourceDetails(
            kind="housing", name="Gull House", region="Lakeside",
            description="Rooms for three to nine months, with somebody there at night.",
            phone="(312) 555-0113", website="https://gull-house.example.org/",
            languages=("en", "es"),
        ),
        checked=60,
    ),
    DemoResource(
        4,
        ResourceDetails(
            kind="work", name="Second Shift Workshop", region="West side",
            description="Help with applications, and paid training in a bicycle workshop.",
            phone="(312) 555-0114", hours=("Mon to Thu 9:00 to 16:00",),
        ),
        checked=95,
    ),
    DemoResource(
        5,
        ResourceDetails(
            kind="transport", name="Ferry Line Rides",
            description="Rides to appointments, called for the day before.",
            phone="(312) 555-0115", hours=("Mon to Fri 7:00 to 19:00",), languages=("en", "es"),
        ),
        checked=8,
    ),
    DemoResource(
        6,
        ResourceDetails(
            kind="food", name="Pier Kitchen", region="Lakeside",
            description="A warm meal for everybody, and bags to take home on Fridays.",
            address="3 Pier Street", phone="(312) 555-0116", hours=("Daily 17:00 to 19:00",),
        ),
        checked=230,
    ),
    DemoResource(
        7,
        ResourceDetails(
            kind="legal", name="Harbor Legal Desk", region="Lakeside",
            description="Free advice on rent, debts and records.",
            phone="(312) 555-0117", website="https://legal-desk.example.org/",
        ),
        checked=None,
    ),
    DemoResource(
        8,
        ResourceDetails(
            kind="childcare", name="Little Buoys", region="West side",
            description="Childcare by the hour while a parent is in group.",
            phone="(312) 555-0118", hours=("Mon to Fri 8:00 to 21:00",), languages=("en", "es"),
        ),
        checked=33,
    ),
)  # fmt: skip
#: What the clinic plans for who comes three times a week; a clinician applies it to a patient.
_LEVEL_PLAN = LevelPlanDetails(
    sessions_per_week=4, hours_per_week=9.0, check_ins=(8 * 60 + 30, 20 * 60), prompt_minutes=150,
    reminder_minutes=60, measures=(MeasureDue("phq-9", 14), MeasureDue("gad-7", 14)),
)  # fmt: skip
#: The clinic first said of itself what stands here without its crisis phone, so many days ago.
_FIRST_SAID, _LAST_SAID = 390, 45


def store_directory(people: DemoPeople, *, today: date) -> None:
    """Store both, as an administrator wrote them over the months."""
    admin = people.staff["ada"]
    details = replace(_DETAILS, name=people.clinic.name)
    first = replace(details, crisis_phone=None, hours=_HOURS[:1])
    for rev, (said, days) in enumerate([(first, _FIRST_SAID), (details, _LAST_SAID)]):
        at = local_to_utc(today - timedelta(days=days), time(10, 0), ZONE)
        write_clinic_profile(admin=admin, rev=rev, details=said, now=at)
    write_level_plan(admin=admin, level="intensive_outpatient", rev=0, details=_LEVEL_PLAN, now=at)
    for one in RESOURCES:
        days = _FIRST_SAID - one.number if one.checked is None else one.checked
        at = local_to_utc(today - timedelta(days=days), time(10, one.number), ZONE)
        checked = None if one.checked is None else today - timedelta(days=one.checked)
        wanted = replace(one.details, verified_at=checked)
        put_resource(admin=admin, resource_id=one.id, details=wanted, rev=None, now=at)
