from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('killswitches', '0002_plain_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='killswitch',
            name='stored_conditions',
            field=models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='only for'),
        ),
        migrations.AddField(
            model_name='switchflip',
            name='stored_conditions',
            field=models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='only for'),
        ),
    ]
