from django.db import migrations

_VIEW = """
CREATE OR REPLACE VIEW processes_fact AS
SELECT step.instance_id,
       (step.sequence + told.place - 1)::integer AS sequence,
       step.at,
       told.data ->> 'fact' AS kind,
       coalesce(told.data ->> 'element_id', '') AS element_id,
       told.data,
       step."values" -> (told.place - 1)::text AS "values"
FROM processes_historystep step, jsonb_array_elements(step.facts) WITH ORDINALITY AS told (data, place)
"""
# What there is stays where it lies, as the partition for whatever has no month of its own. Nothing is copied, and a version
# that knows nothing of partitions reads and writes as before.
_PARTITIONED = f"""
ALTER TABLE processes_historystep RENAME TO processes_historystep_rest;
ALTER INDEX processes_historystep_pkey RENAME TO processes_historystep_rest_pkey;
CREATE TABLE processes_historystep (
    LIKE processes_historystep_rest INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
    PRIMARY KEY (instance_id, sequence)
) PARTITION BY RANGE (instance_id);
ALTER TABLE processes_historystep ATTACH PARTITION processes_historystep_rest DEFAULT;
{_VIEW};
"""
_WHOLE = f"""
ALTER TABLE processes_historystep RENAME TO processes_historystep_parts;
ALTER INDEX processes_historystep_pkey RENAME TO processes_historystep_parts_pkey;
CREATE TABLE processes_historystep (
    LIKE processes_historystep_parts INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,
    PRIMARY KEY (instance_id, sequence)
);
INSERT INTO processes_historystep SELECT * FROM processes_historystep_parts;
{_VIEW};
DROP TABLE processes_historystep_parts;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0003_history_by_step"),
    ]

    operations = [migrations.RunSQL(_PARTITIONED, _WHOLE)]
