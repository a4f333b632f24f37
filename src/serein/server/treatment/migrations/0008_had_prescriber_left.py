from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('treatment', '0007_signed_in_place'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='had_prescriber_left',
            field=models.BooleanField(default=True),
        ),
    ]
