from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0003_privacycount")]

    operations = [
        migrations.AlterField(
            model_name="privacycount",
            name="finding",
            field=models.CharField(
                choices=[
                    ("redacted", "Kept back from the model"),
                    ("masked", "Taken out of an answer"),
                    ("repaired", "Placeholders put right in an answer"),
                    ("neutralised", "Tricks made harmless"),
                    ("could_identify", "Records that could tell who it is"),
                ],
                max_length=16,
            ),
        ),
    ]
