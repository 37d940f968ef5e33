from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outboxentry",
            index=models.Index(
                condition=models.Q(("leased_until__isnull", False), ("state", "waiting")),
                fields=["leased_until"],
                name="outbox_leased",
            ),
        ),
    ]
