"""Write help texts and labels in plain words. No column changes."""


import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('usage', '0017_budgets_limit_series_of_keys'),
    ]

    operations = [
        migrations.AlterField(
            model_name='budget',
            name='low_stops_at',
            field=models.PositiveSmallIntegerField(default=80, help_text='Operations of low rank, such as analyses and summaries of many records, stop at this share of the limit.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='Low rank stops at (%)'),
        ),
        migrations.AlterField(
            model_name='budget',
            name='normal_stops_at',
            field=models.PositiveSmallIntegerField(default=100, help_text='The rest is reserved for essential operations, such as the detection of sensitive content.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='Normal rank stops at (%)'),
        ),
        migrations.AlterField(
            model_name='budgetnotice',
            name='reason',
            field=models.CharField(choices=[('spent_70', 'Spending reached 70 %'), ('spent_90', 'Spending reached 90 %'), ('spent_100', 'The budget is spent: calls are refused'), ('low_stopped', 'Operations of low rank are refused'), ('normal_stopped', 'All but essential operations are refused')], max_length=16),
        ),
        migrations.AlterField(
            model_name='healthsnapshot',
            name='bucket',
            field=models.DateTimeField(help_text='Start of the hour.'),
        ),
        migrations.AlterField(
            model_name='healthsnapshot',
            name='notes',
            field=models.TextField(blank=True, help_text='What is known about this hour. Do not enter feedback text.', max_length=2000),
        ),
        migrations.AlterField(
            model_name='llmcall',
            name='give_up_at',
            field=models.DateTimeField(help_text='When the sweeper may mark a pending row as unknown.'),
        ),
    ]
