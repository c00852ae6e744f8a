from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('processing', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='exportfile',
            name='left_out',
            field=models.CharField(blank=True, default='', help_text='Why there is no picture.', max_length=500),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='exportfile',
            name='position',
            field=models.PositiveIntegerField(default=0, help_text="Among the product's pictures, from 0."),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='bytes',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='file',
            field=models.FileField(blank=True, max_length=300, upload_to=''),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='height',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='exportfile',
            name='width',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='exportfile',
            index=models.Index(condition=models.Q(('file', ''), ('left_out', '')), fields=['export', 'photo'], name='export_file_to_write'),
        ),
    ]
