import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backend.kit.ids


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0006_two_factor'),
    ]

    operations = [
        migrations.CreateModel(
            name='BreakGlass',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('opened_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('sealed_reason', models.BinaryField()),
                ('reviewed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Disclosure',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('to', models.CharField(max_length=200)),
                ('purpose', models.CharField(max_length=40)),
                ('what', models.CharField(max_length=200)),
            ],
        ),
        migrations.AddField(
            model_name='consent',
            name='discloser',
            field=models.CharField(default='the clinic', max_length=200),
        ),
        migrations.AddField(
            model_name='consent',
            name='expires_event',
            field=models.CharField(choices=[('end_of_treatment', 'End Of Treatment')], max_length=20, null=True),
        ),
        migrations.AddField(
            model_name='consent',
            name='recipient',
            field=models.CharField(default='my care team', max_length=200),
        ),
        migrations.AddField(
            model_name='consent',
            name='scope',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='consent',
            name='signed_name',
            field=models.CharField(default='', max_length=120),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['treatment'])), name='consent_purpose_known'),
        ),
        migrations.AddField(
            model_name='breakglass',
            name='clinician',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='breakglass',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient'),
        ),
        migrations.AddField(
            model_name='disclosure',
            name='consent',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='care.consent'),
        ),
        migrations.AddField(
            model_name='disclosure',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient'),
        ),
        migrations.AddIndex(
            model_name='breakglass',
            index=models.Index(fields=['clinician', 'patient', 'ends_at'], name='break_glass_open'),
        ),
        migrations.AddIndex(
            model_name='disclosure',
            index=models.Index(fields=['patient', 'at'], name='disclosure_of_patient'),
        ),
    ]
