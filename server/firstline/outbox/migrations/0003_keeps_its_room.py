from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0002_leased"),
    ]

    operations = [
        # See processes 0014: its rows come and go.
        migrations.RunSQL(
            "ALTER TABLE outbox_outboxentry SET (vacuum_truncate = false)",
            "ALTER TABLE outbox_outboxentry RESET (vacuum_truncate)",
        ),
    ]
