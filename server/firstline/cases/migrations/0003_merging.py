"""Cases that turn out to be the same thing, and can be parted again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import firstline.ids


class Migration(migrations.Migration):
    """Adds a column and a table; what stands there stays as it is."""

    dependencies = [
        ("cases", "0002_spoken_number"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.case",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="state",
            field=models.CharField(
                choices=[("open", "Open"), ("closed", "Closed"), ("cancelled", "Cancelled"), ("merged", "Merged")],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("merged_into", None), _negated=True), fields=["merged_into"], name="case_merged"
            ),
        ),
        migrations.CreateModel(
            name="CaseMerge",
            fields=[
                (
                    "id",
                    models.UUIDField(default=firstline.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("was_suspended", models.BooleanField(default=False)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("undo_reason", models.TextField(blank=True)),
                (
                    "survivor",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "merged",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("merged",),
                        name="case_merged_into_one_at_a_time",
                    )
                ],
            },
        ),
    ]
