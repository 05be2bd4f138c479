import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0003_safety_rota'),
    ]

    operations = [
        migrations.CreateModel(
            name='PersonalTargets',
            fields=[
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='care.patient')),
                ('words', models.BinaryField()),
                ('rev', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.UUIDField()),
                ('changed_by_role', models.CharField(max_length=10)),
            ],
        ),
    ]
