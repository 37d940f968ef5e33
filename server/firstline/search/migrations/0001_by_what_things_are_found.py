import django.contrib.postgres.indexes
import django.contrib.postgres.search
import firstline.clock
import firstline.ids
from django.db import migrations, models

# PostgreSQL can't tell how rare a beginning is, and would rather read everything in order of time. Here it has only the
# index of words, and only for `question`: what stands `besides` is too short to be looked up. Who asks learns whether there
# are more than `most`.
FOUND = """
CREATE FUNCTION search_found(question tsquery, besides tsquery, better tsquery, most integer)
RETURNS TABLE (subject_id uuid, at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE SET enable_seqscan = off SET enable_indexscan = off
AS $$
  SELECT subject_id, at FROM search_entry
  WHERE words @@ question AND (numnode(besides) = 0 OR words @@ besides) AND NOT words @@ better LIMIT most
$$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=firstline.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=20)),
                ("subject_id", models.UUIDField()),
                ("brand", models.CharField(max_length=50)),
                ("at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                ("noted_at", models.DateTimeField(default=firstline.clock.now)),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="search_words"),
                    models.Index(fields=["kind", "-at", "-subject_id"], name="search_youngest"),
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "subject_id"), name="search_entry_once")],
            },
        ),
        migrations.RunSQL(FOUND, "DROP FUNCTION search_found(tsquery, tsquery, tsquery, integer)"),
    ]
