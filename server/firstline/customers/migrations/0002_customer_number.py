"""The row of numbers for customers whom no back-office system knows yet."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE new_customer_number START WITH 10001", "DROP SEQUENCE new_customer_number"),
    ]
