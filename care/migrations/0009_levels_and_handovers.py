import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.postgres.row_policies import PATIENTS_SEEN, AlsoAllow, ShowRows
from backend.kit.handling import RowPolicy, Rows

ACTOR = "(SELECT current_setting('app.actor', true))"


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0008_patient_schedule'),
    ]

    operations = [
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('parts', models.JSONField()),
                ('link_fingerprint', models.CharField(max_length=64, unique=True)),
                ('passcode_fingerprint', models.CharField(max_length=64)),
                ('file', models.TextField()),
                ('made_at', models.DateTimeField()),
                ('made_by', models.UUIDField()),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('wrong_attempts', models.PositiveSmallIntegerField(default=0)),
                ('fetches', models.PositiveIntegerField(default=0)),
                ('last_fetched_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='consent',
            name='consent_purpose_known',
        ),
        migrations.AddField(
            model_name='episode',
            name='asam_code',
            field=models.CharField(max_length=6, null=True),
        ),
        migrations.AddField(
            model_name='episode',
            name='asam_edition',
            field=models.CharField(max_length=2, null=True),
        ),
        migrations.AddField(
            model_name='episode',
            name='referral_from',
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name='episode',
            name='referral_kind',
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name='levelchange',
            name='outcome',
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name='levelchange',
            name='receiving',
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name='consent',
            name='purpose',
            field=models.CharField(choices=[('treatment', 'Treatment'), ('family_support', 'Family Support'), ('counselling_notes', 'Counselling Notes'), ('handover', 'Handover')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['treatment', 'family_support', 'counselling_notes', 'handover'])), name='consent_purpose_known'),
        ),
        migrations.AddConstraint(
            model_name='levelchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome__isnull', True), ('receiving__isnull', True)), models.Q(('outcome', 'transferred'), ('receiving__isnull', False), ('step', 'discharge')), models.Q(('receiving__isnull', True), ('step', 'discharge'), models.Q(('outcome', 'transferred'), _negated=True)), _connector='OR'), name='level_change_ends_somehow'),
        ),
        migrations.AddField(
            model_name='handover',
            name='consent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.consent'),
        ),
        migrations.AddField(
            model_name='handover',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient'),
        ),
        ShowRows('Handover', RowPolicy(Rows.TEAM, tasks=("task:handovers", "task:retention"), writers=("patient", "clinician", "task:handovers", "task:retention"), fixed=("consent_id", "parts", "link_fingerprint", "passcode_fingerprint", "file", "made_at", "expires_at"))),
        # Whoever opens a link is no person: they read whether its consent holds, and are accounted for.
        AlsoAllow('Consent', 'handed_over', verb="SELECT", condition=f"purpose = 'handover' AND {ACTOR} = 'task:handovers'"),
        AlsoAllow('Disclosure', 'handed_over', verb="INSERT", condition=(
            f"{ACTOR} = 'task:handovers' AND EXISTS (SELECT FROM @care_handover AS it "
            "WHERE it.consent_id = care_disclosure.consent_id AND it.patient_id = care_disclosure.patient_id)")),
        # A transfer is accounted for by who ends the episode.
        AlsoAllow('Disclosure', 'transferred', verb="INSERT", condition=(
            f"{ACTOR} LIKE 'clinician:%' AND purpose = 'transfer' AND patient_id = ANY {PATIENTS_SEEN['team']}")),
    ]
