"""Keep days at several grains, and up to a moment of today. The rollups begin anew: the next run makes them."""

from django.db import migrations, models

FORGET = ["delete from usage_rollupstate", "delete from usage_day", "delete from usage_late_quarter"]


class Migration(migrations.Migration):
    dependencies = [("usage", "0009_cost_profiles_and_health")]

    operations = [
        migrations.RunSQL(FORGET, FORGET),
        migrations.RemoveField("rollupstate", "rolled_until"),
        migrations.AddField("rollupstate", "rolled_until", models.DateTimeField(), preserve_default=False),
        migrations.AddField("usageday", "grain", models.SmallIntegerField(), preserve_default=False),
        migrations.AlterField("usageday", "operation", models.CharField(max_length=32, null=True)),
        migrations.AlterField("usageday", "model", models.CharField(max_length=255, null=True)),
        migrations.RemoveIndex("usageday", "usage_day_by_tenant"),
        migrations.AddIndex(
            "usageday", models.Index(fields=["tenant", "grain", "day"], name="usage_day_by_tenant_and_grain")
        ),
        migrations.AddIndex("usageday", models.Index(fields=["grain", "day"], name="usage_day_by_grain")),
    ]
