from django.db import migrations

from backend.kit.db.postgres.row_policies import AddRowsOnly


def add_function(apps, schema_editor):
    """Let the database itself refuse what triggers of append-only tables stop."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION care_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING MESSAGE = 'append-only: ' || TG_TABLE_NAME; END $$"
        )


def drop_function(apps, schema_editor):
    """Take the function back."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION care_append_only()")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0001_people_and_programme'),
    ]

    operations = [
        migrations.RunPython(add_function, drop_function),
        AddRowsOnly('AccessLogEntry'),
        AddRowsOnly('AuditSeal'),
    ]
