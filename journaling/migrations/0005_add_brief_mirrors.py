import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0004_counselling_notes'),
        ('journaling', '0004_add_situation_plans'),
    ]

    operations = [
        migrations.CreateModel(
            name='BriefMirror',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('read_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField(null=True)),
                ('words', models.BinaryField(null=True)),
                ('patient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.treatmentsession')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('patient', 'session'), name='brief_mirror_once')],
            },
        ),
        ShowRows('BriefMirror', RowPolicy(Rows.SHARED_ENTRIES, writers=("patient",))),
    ]
