from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0003_versions_of_what_was_deployed"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="version_tags",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
