"""An index with all columns that lists and the dashboard count, so that counting does not read the texts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0005_imports_row_level_security")]

    operations = [
        migrations.AddIndex(
            model_name="feedbackrecord",
            index=models.Index(
                fields=["tenant", "occurred_at"],
                include=["id", "language", "channel", "admin1", "status", "source", "is_sensitive", "is_escalated"],
                name="records_by_facts",
            ),
        )
    ]
