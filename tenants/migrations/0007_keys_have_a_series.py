from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0006_names_of_screens'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='first_key_id',
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
