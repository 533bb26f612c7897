from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('usage', '0018_help_texts_in_plain_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='llmcall',
            name='reason',
            field=models.CharField(
                blank=True,
                choices=[
                    ('content_filter', "Refused by the provider's content filter"),
                    ('authentication', 'Key refused'),
                    ('model_not_found', 'No such model or deployment'),
                    ('unsupported_request', 'Request refused as unsupported'),
                    ('context_length', 'Prompt too long for the model'),
                    ('output_cut_off', 'Answer cut off at the output limit'),
                    ('refusal', 'Refused by the model'),
                    ('invalid_answer', 'Answer that does not fit'),
                    ('rate_limited', 'Rate limited'),
                    ('timeout', 'No answer in time'),
                    ('unreachable', 'Not reachable'),
                    ('provider_error', 'Failure at the provider'),
                ],
                db_default='',
                default='',
                help_text='Why the attempt failed.',
                max_length=24,
            ),
        ),
        migrations.AddField(
            model_name='llmcall',
            name='usage_flagged',
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The provider's figures contradict themselves; the upper estimate stands in for them.",
            ),
        ),
        # Rows of before are not looked at: some were written as providers said, and the ledger is not rewritten.
        AddConstraintNotValid(
            model_name='llmcall',
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ('input_tokens__gte', models.F('cached_tokens') + models.F('cache_write_tokens')),
                    ('output_tokens__gte', models.F('reasoning_tokens')),
                    ('cost_usd__gte', 0),
                ),
                name='no_part_above_its_whole_and_no_negative_cost',
            ),
        ),
    ]
