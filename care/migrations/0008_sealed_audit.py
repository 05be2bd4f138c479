import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids

TABLES = ("care_accesslogentry", "care_auditseal")


def add_triggers(apps, schema_editor):
    """Let rows be added only; the database itself refuses everything else."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION care_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING MESSAGE = 'append-only: ' || TG_TABLE_NAME; END $$"
        )
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION care_append_only()"
            )
        return
    for table in TABLES:
        for verb in ("update", "delete"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
            )


def drop_triggers(apps, schema_editor):
    """Take the triggers back."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_kept ON {table}")
        schema_editor.execute("DROP FUNCTION care_append_only()")
        return
    for table in TABLES:
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0007_consent_records'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('first_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
                ('rows', models.PositiveIntegerField()),
                ('gaps', models.JSONField()),
                ('is_late', models.BooleanField(default=False)),
                ('hash', models.BinaryField(max_length=32)),
                ('signature', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
            ],
        ),
        migrations.RunPython(add_triggers, drop_triggers),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('matter', models.CharField(max_length=40)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.patient')),
            ],
        ),
        migrations.AddConstraint(
            model_name='legalhold',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at__isnull', True)), fields=('patient', 'matter'), name='legal_hold_once_a_matter'),
        ),
    ]
