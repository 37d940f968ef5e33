from typing import Any

import django.db.models.deletion
import firstline.ids
from django.db import migrations, models
from lxml import etree

_MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_TAG = f"{_MODEL}extensionElements/{{*}}versionTag"


def read_version_tags(apps: Any, schema_editor: Any) -> None:
    """Note the tags of what is deployed already."""
    for deployment in apps.get_model("processes", "Deployment").objects.iterator():
        root = etree.fromstring(deployment.xml.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
        tags = {process.get("id"): process.find(_TAG) for process in root.iter(f"{_MODEL}process")}
        deployment.version_tags = {
            key: tag.get("value", "").strip() for key, tag in tags.items() if tag is not None and tag.get("value")
        }
        if deployment.version_tags:
            deployment.save(update_fields=["version_tags"])


class Migration(migrations.Migration):
    dependencies = [
        ("processes", "0004_history_partitioned"),
    ]

    operations = [
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=firstline.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("process_id", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=200)),
                ("instance_id", models.UUIDField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="StartWait",
            fields=[
                (
                    "id",
                    models.UUIDField(default=firstline.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("process_id", models.CharField(max_length=200)),
                ("element_id", models.CharField(max_length=200)),
                ("part", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("message", "Message"), ("signal", "Signal"), ("timer", "Timer")], max_length=10
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("has_key", models.BooleanField(default=False)),
                ("written", models.TextField(blank=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("interval", models.CharField(blank=True, max_length=120)),
                ("repetitions_left", models.IntegerField(null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="processes_message_waiting",
        ),
        migrations.AddField(
            model_name="deployment",
            name="version_tags",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="instance",
            name="message_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="instance",
            name="message_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="message",
            name="deployment_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="is_expired",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="process_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="message",
            name="target_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="inboxentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("start", "Start"),
                    ("begin", "Begin"),
                    ("cancel", "Cancel"),
                    ("call_ended", "Call Ended"),
                    ("message", "Message"),
                    ("signal", "Signal"),
                    ("escalation", "Escalation"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="inboxentry",
            index=models.Index(
                condition=models.Q(("is_held", False)), fields=["instance_id", "id"], name="processes_inbox_free"
            ),
        ),
        migrations.AddIndex(
            model_name="instance",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)), fields=["ended_at"], name="processes_instance_ended"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("is_expired", False), ("subscription_id", None)),
                fields=["name", "key", "published_at", "id"],
                name="processes_message_buffered",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("is_expired", False), ("subscription_id", None)),
                fields=["expires_at"],
                name="processes_message_expires",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["expires_at"], name="processes_message_forget"),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.UniqueConstraint(
                fields=("process_id", "name", "key"), name="one_instance_per_conversation"
            ),
        ),
        migrations.AddField(
            model_name="startwait",
            name="deployment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="start_waits", to="processes.deployment"
            ),
        ),
        migrations.AddIndex(
            model_name="startwait",
            index=models.Index(
                condition=models.Q(("kind", "timer"), _negated=True), fields=["name"], name="processes_start_name"
            ),
        ),
        migrations.AddIndex(
            model_name="startwait",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="processes_start_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="startwait",
            constraint=models.UniqueConstraint(
                fields=("process_id", "element_id", "part"), name="one_start_wait_per_way"
            ),
        ),
        migrations.RunPython(read_version_tags, migrations.RunPython.noop),
    ]
