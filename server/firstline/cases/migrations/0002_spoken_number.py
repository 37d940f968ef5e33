"""The row of numbers that people say on the phone, for contacts and cases alike."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE spoken_number START WITH 100001", "DROP SEQUENCE spoken_number"),
    ]
