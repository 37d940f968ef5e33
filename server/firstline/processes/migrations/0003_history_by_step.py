from django.db import migrations, models

# What was told one by one becomes a step of one fact each.
_TAKE_OVER = """
INSERT INTO processes_historystep (instance_id, sequence, at, facts, "values")
SELECT instance_id, sequence, at, jsonb_build_array(data), CASE WHEN "values" IS NOT NULL THEN jsonb_build_object('0', "values") END
FROM processes_historyfact
"""
_VIEW = """
CREATE VIEW processes_fact AS
SELECT step.instance_id,
       (step.sequence + told.place - 1)::integer AS sequence,
       step.at,
       told.data ->> 'fact' AS kind,
       coalesce(told.data ->> 'element_id', '') AS element_id,
       told.data,
       step."values" -> (told.place - 1)::text AS "values"
FROM processes_historystep step, jsonb_array_elements(step.facts) WITH ORDINALITY AS told (data, place)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0002_loops_compensation_listeners"),
    ]

    operations = [
        migrations.CreateModel(
            name="HistoryStep",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "instance_id", "sequence", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("instance_id", models.UUIDField()),
                ("sequence", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("facts", models.JSONField()),
                ("values", models.JSONField(null=True)),
            ],
        ),
        migrations.RunSQL(_TAKE_OVER, migrations.RunSQL.noop),
        migrations.DeleteModel(name="HistoryFact"),
        migrations.RunSQL(_VIEW, "DROP VIEW processes_fact"),
        migrations.CreateModel(
            name="HistoryFact",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "instance_id", "sequence", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("instance_id", models.UUIDField()),
                ("sequence", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=40)),
                ("element_id", models.CharField(blank=True, max_length=200)),
                ("data", models.JSONField()),
                ("values", models.JSONField(null=True)),
            ],
            options={"managed": False, "db_table": "processes_fact"},
        ),
    ]
