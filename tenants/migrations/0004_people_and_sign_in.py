"""Give people their own words and rights from roles only, and count attempts to sign in."""

import django.utils.timezone
import tenants.identifiers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('tenants', '0003_platform_tenant'),
    ]

    operations = [
        migrations.CreateModel(
            name='SignInAttempt',
            fields=[
                ('id', models.UUIDField(default=tenants.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name_digest', models.BinaryField(max_length=32)),
                ('address_digest', models.BinaryField(max_length=32)),
                ('attempted_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
        ),
        migrations.AlterModelOptions(
            name='apikey',
            options={'ordering': ['name'], 'verbose_name': 'API key'},
        ),
        migrations.AlterModelOptions(
            name='membership',
            options={'ordering': ['user__username']},
        ),
        migrations.AlterModelOptions(
            name='auditevent',
            options={'ordering': ['-sequence'], 'verbose_name_plural': 'audit log'},
        ),
        migrations.AlterModelOptions(
            name='user',
            options={'verbose_name': 'person', 'verbose_name_plural': 'people'},
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['tenant', 'resource_id'], name='audit_by_tenant_and_resource'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('is_superuser', False)), name='rights_come_from_roles'),
        ),
    ]
