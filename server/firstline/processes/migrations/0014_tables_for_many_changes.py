from collections.abc import Iterator

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

# Model, what its rows are known by, and the constraint that says so until now.
_KNOWN_BY = (
    ("variable", "name", "one_variable_per_scope_and_name"),
    ("join", "element_id", "one_join_per_scope_and_gateway"),
    ("compensable", "order", "one_compensable_per_scope_and_order"),
)


def _known_by_what_they_are() -> Iterator[Operation]:
    """Let rows that nobody refers to have no id; its column stays, for the release before, which writes it."""
    for model, second, constraint in _KNOWN_BY:
        table = f"processes_{model}"
        forwards = f"""
            ALTER TABLE {table} DROP CONSTRAINT {table}_pkey;
            ALTER TABLE {table} ALTER COLUMN id DROP NOT NULL;
            ALTER TABLE {table} DROP CONSTRAINT {constraint};
            ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (scope_id, "{second}");
        """
        backwards = f"""
            ALTER TABLE {table} DROP CONSTRAINT {table}_pkey;
            UPDATE {table} SET id = gen_random_uuid() WHERE id IS NULL;
            ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id);
            ALTER TABLE {table} ADD CONSTRAINT {constraint} UNIQUE (scope_id, "{second}");
        """  # noqa: S608 -- names of this module
        key = models.CompositePrimaryKey(
            "scope_id", second, blank=True, editable=False, primary_key=True, serialize=False
        )
        state: list[Operation] = [
            migrations.RemoveConstraint(model_name=model, name=constraint),
            migrations.RemoveField(model_name=model, name="id"),
            migrations.AddField(model_name=model, name="pk", field=key),
        ]
        yield migrations.SeparateDatabaseAndState([migrations.RunSQL(forwards, backwards)], state)


# Their rows come and go. Giving room back to the disk locks everybody out; and what is planned while a table takes none reads it
# from end to end, also when it has thousands of rows again.
_COME_AND_GO = "elementinstance variable join compensable job timer subscription listener call inboxentry lease".split()


def _keep_their_room() -> Operation:
    forwards, backwards = (
        ";".join(f"ALTER TABLE processes_{table} {change}" for table in _COME_AND_GO)
        for change in ("SET (vacuum_truncate = false)", "RESET (vacuum_truncate)")
    )
    return migrations.RunSQL(forwards, backwards)


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0013_signals_once"),
    ]

    operations = [
        *_known_by_what_they_are(),
        _keep_their_room(),
        migrations.RemoveIndex(model_name="task", name="processes_task_open"),
        migrations.RemoveIndex(model_name="task", name="processes_task_groups"),
        migrations.AddIndex(
            model_name="task",
            index=GinIndex(
                condition=models.Q(("state", "open")), fields=["candidate_groups"], name="processes_task_for_groups"
            ),
        ),
    ]
