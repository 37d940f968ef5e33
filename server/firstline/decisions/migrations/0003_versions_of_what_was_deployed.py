"""Give what was deployed and decided before versions were kept its version, and each decision its rules."""

import hashlib
from typing import Any

from django.db import migrations
from lxml import etree

_DECISIONS = """
UPDATE decisions_evaluation AS e SET version_id = m.version_id
FROM decisions_decisionmodel AS m
WHERE e.version_id IS NULL AND m.release_id = e.release_id AND e.decision_id = ANY (m.decision_ids)
"""
_RULES = """
UPDATE decisions_evaluation SET matched = ARRAY(
    SELECT DISTINCT left((entry ->> 'table') || '#' || (rule ->> 'rule'), 500)
    FROM jsonb_array_elements(trace) AS entry,
         jsonb_array_elements(CASE jsonb_typeof(entry -> 'rules') WHEN 'array' THEN entry -> 'rules' ELSE '[]' END) AS rule
    WHERE entry ->> 'table' IS NOT NULL AND rule ->> 'rule' IS NOT NULL
)
WHERE matched = '{}' AND jsonb_typeof(trace) = 'array'
"""


def give_versions(apps: Any, schema_editor: Any) -> None:
    """Make a version of each content that releases have, in the order in which they were deployed."""
    used = apps.get_model("decisions", "DecisionModel")
    versions = apps.get_model("decisions", "ModelVersion")
    for one in used.objects.filter(version=None).order_by("deployed_at", "id"):
        root = etree.fromstring(one.xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        name, namespace = root.get("name", ""), root.get("namespace", "")
        key = (root.get("id") or name or namespace)[:200]
        digest = hashlib.sha256(one.xml.encode()).hexdigest()
        known = versions.objects.filter(key=key, digest=digest).first()
        if known is None:
            named = {one.get("id") or one.get("name"): one.get("name", "") for one in root if isinstance(one.tag, str)}
            names = [named.get(decision_id) or decision_id for decision_id in one.decision_ids]
            known = versions.objects.create(
                key=key,
                number=versions.objects.filter(key=key).count() + 1,
                name=(name or key)[:200],
                namespace=namespace[:500],
                digest=digest,
                xml=one.xml,
                decision_ids=one.decision_ids,
                decision_names=[name[:200] for name in names],
                search_text=" ".join([name or key, key, *one.decision_ids, *names]).lower(),
                deployed_at=one.deployed_at,
            )
        used.objects.filter(id=one.id).update(version=known)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_model_versions")]

    operations = [
        migrations.RunPython(give_versions, migrations.RunPython.noop),
        migrations.RunSQL(_DECISIONS, migrations.RunSQL.noop),
        migrations.RunSQL(_RULES, migrations.RunSQL.noop),
    ]
