import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


# Incidents that were there before know their process too.
_PLACE = """
UPDATE processes_incident SET deployment_id = instance.deployment_id, process_id = instance.process_id
FROM processes_instance instance WHERE instance.id = processes_incident.instance_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0006_jobs_for_workers"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="instance",
            name="processes_i_process_a48665_idx",
        ),
        migrations.AddField(
            model_name="incident",
            name="deployment_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="likeness",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.MD5(
                    models.Func(
                        "message",
                        models.Value("[0-9]+"),
                        models.Value("#"),
                        models.Value("g"),
                        function="regexp_replace",
                        output_field=models.TextField(),
                    )
                ),
                output_field=models.CharField(max_length=32),
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="process_id",
            field=models.CharField(blank=True, default="", db_default="", max_length=200),
        ),
        migrations.RunSQL(_PLACE, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="instance",
            name="suspended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="instance",
            name="deployment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="instances",
                to="processes.deployment",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("resolved_at", None)),
                fields=["process_id", "element_id", "kind", "likeness", "id"],
                name="processes_incident_alike",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("resolved_at", None)),
                fields=["deployment_id", "process_id", "instance_id"],
                name="processes_incident_version",
            ),
        ),
        migrations.AddIndex(
            model_name="instance",
            index=models.Index(fields=["deployment", "process_id", "outcome", "id"], name="processes_instance_version"),
        ),
        migrations.AddIndex(
            model_name="instance",
            index=models.Index(
                condition=models.Q(("suspended_at__isnull", False)),
                fields=["deployment", "process_id", "id"],
                name="processes_instance_suspended",
            ),
        ),
        migrations.AddIndex(
            model_name="instance",
            index=models.Index(
                condition=models.Q(("caller_id__isnull", False)), fields=["caller_id"], name="processes_instance_called"
            ),
        ),
    ]
