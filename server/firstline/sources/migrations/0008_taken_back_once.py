from django.db import migrations, models

# Of two at once that had chosen the same change the first one keeps it: the second has found it taken back.
_KEEP_THE_FIRST = """
UPDATE sources_command later SET compensates_id = NULL
WHERE later.kind = 'compensation' AND EXISTS (
    SELECT FROM sources_command first
    WHERE first.kind = 'compensation' AND first.compensates_id = later.compensates_id AND first.id < later.id
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("sources", "0007_withdrawn"),
    ]

    operations = [
        migrations.RunSQL(_KEEP_THE_FIRST, migrations.RunSQL.noop),
        # Else the foreign key's check of what was just changed stands in the way of the index.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="command",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "compensation")),
                fields=("compensates",),
                name="sources_taken_back_once",
            ),
        ),
    ]
