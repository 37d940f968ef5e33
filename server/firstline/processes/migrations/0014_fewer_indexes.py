from collections.abc import Iterator

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

# Model, what its rows are known by, and the constraint that says so until now.
_KNOWN_BY = (
    ("variable", "name", "one_variable_per_scope_and_name"),
    ("join", "element_id", "one_join_per_scope_and_gateway"),
    ("compensable", "order", "one_compensable_per_scope_and_order"),
)
# Their rows come and go. Giving room back to the disk locks everybody out; and what is planned while a table takes none reads it
# from end to end, also when it has thousands of rows again.
_COME_AND_GO = "elementinstance variable join compensable job timer subscription listener call inboxentry lease".split()


def _known_by_what_they_are() -> Iterator[Operation]:
    """Let rows that nobody refers to have no id; its column stays, for the release before, which writes it.

    Steps go on meanwhile: the index is built beside them, and only for the change of the key does each table wait for itself alone.
    What is interrupted can be begun again.
    """
    for model, second, constraint in _KNOWN_BY:
        table, index = f"processes_{model}", f"processes_{model}_known_by"
        build = [
            f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
            f'CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} (scope_id, "{second}")',
        ]
        change = f"""
            BEGIN;
            ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {table}_pkey;
            ALTER TABLE {table} ALTER COLUMN id DROP NOT NULL;
            ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint};
            ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY USING INDEX {index};
            COMMIT;
        """
        back = f"""
            BEGIN;
            ALTER TABLE {table} DROP CONSTRAINT {table}_pkey;
            UPDATE {table} SET id = gen_random_uuid() WHERE id IS NULL;
            ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY (id);
            ALTER TABLE {table} ADD CONSTRAINT {constraint} UNIQUE (scope_id, "{second}");
            COMMIT;
        """  # noqa: S608 -- names of this module
        key = models.CompositePrimaryKey(
            "scope_id", second, blank=True, editable=False, primary_key=True, serialize=False
        )
        state: list[Operation] = [
            migrations.RemoveConstraint(model_name=model, name=constraint),
            migrations.RemoveField(model_name=model, name="id"),
            migrations.AddField(model_name=model, name="pk", field=key),
        ]
        yield from (migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in build)
        yield migrations.SeparateDatabaseAndState([migrations.RunSQL(change, back)], state)


def _keep_their_room() -> Iterator[Operation]:
    for name in _COME_AND_GO:
        alter = f"ALTER TABLE processes_{name}"
        yield migrations.RunSQL(f"{alter} SET (vacuum_truncate = false)", f"{alter} RESET (vacuum_truncate)")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("processes", "0013_signals_once"),
    ]

    operations = [
        *_known_by_what_they_are(),
        *_keep_their_room(),
        RemoveIndexConcurrently(model_name="task", name="processes_task_open"),
        RemoveIndexConcurrently(model_name="task", name="processes_task_groups"),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS processes_task_for_groups", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="task",
            index=GinIndex(
                condition=models.Q(("state", "open")), fields=["candidate_groups"], name="processes_task_for_groups"
            ),
        ),
    ]
