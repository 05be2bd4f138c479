import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows

#: What a support person is told of sessions that they are invited to; ``care_supported`` judges the consent.
SUPPORTED_GUEST = """
CREATE FUNCTION {schema}.care_supported_guest(asked uuid, at timestamptz)
RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, place bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
    SELECT held.starts_at, held.ends_at, held.place
    FROM care_supported(at) AS shown
    JOIN care_supportperson AS person ON person.consent_id = shown.consent_id
    JOIN care_sessionguest AS guest ON guest.support_person_id = person.id
    AND guest.patient_id = shown.patient_id AND guest.revoked_at IS NULL
    JOIN care_treatmentsession AS held ON held.id = guest.session_id AND held.patient_id = guest.patient_id
    WHERE shown.consent_id = asked AND 'session_times' = ANY (shown.scope) AND held.kind = 'family'
    AND held.cancelled_at IS NULL AND held.ends_at > at
$$
"""


def add_function(apps, schema_editor):
    """Make the function; SQLite has no row policies to ask behind."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT format('%I', current_schema())")
        schema = cursor.fetchone()[0]
    schema_editor.execute(SUPPORTED_GUEST.format(schema=schema), params=None)


def drop_function(apps, schema_editor):
    """Take it back."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION care_supported_guest(uuid, timestamptz)")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0011_level_plans'),
    ]

    operations = [
        migrations.CreateModel(
            name='SessionGuest',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('invited_at', models.DateTimeField()),
                ('invited_by', models.UUIDField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_by', models.UUIDField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='care.treatmentsession')),
                ('support_person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.supportperson')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('session', 'support_person'), name='session_guest_once')],
            },
        ),
        ShowRows('SessionGuest', RowPolicy(Rows.TEAM, writers=("patient", "clinician"), fixed=("session_id", "patient_id", "support_person_id"))),
        migrations.RunPython(add_function, drop_function),
    ]
