import django.db.models.deletion
from django.db import migrations, models

import backend.kit.ids
from backend.kit.db.postgres.row_policies import ShowRows
from backend.kit.handling import RowPolicy, Rows


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0009_levels_and_handovers'),
    ]

    operations = [
        migrations.CreateModel(
            name='RestrictionRequest',
            fields=[
                ('id', models.UUIDField(default=backend.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('words', models.BinaryField()),
                ('asked_at', models.DateTimeField()),
                ('answer', models.CharField(max_length=8, null=True)),
                ('answer_words', models.BinaryField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.UUIDField(null=True)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='care.patient')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answer__isnull', True), ('answer_words__isnull', True), ('answered_at__isnull', True), ('answered_by__isnull', True)), models.Q(('answer__in', ['granted', 'declined']), ('answer_words__isnull', False), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='restriction_answered_with_a_reason')],
            },
        ),
        ShowRows('RestrictionRequest', RowPolicy(Rows.TEAM, writers=("patient", "clinician"))),
    ]
