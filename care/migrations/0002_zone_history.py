import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('care', '0001_people_programme_signin'),
    ]

    operations = [
        migrations.CreateModel(
            name='ZoneChange',
            fields=[
                ('row', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('before', models.CharField(max_length=64)),
                ('after', models.CharField(max_length=64)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='zone_changes', to='care.patient')),
            ],
            options={
                'indexes': [models.Index(fields=['patient', 'at'], name='zone_of_patient')],
            },
        ),
    ]
