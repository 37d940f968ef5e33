"""Compiled programs, and what the host wants to know of a process beside them, kept per process."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from lxml import etree

from bpmn import Model, Program, compile_model
from firstline.processes.models import Deployment
from firstline.statements import execute

_KEPT = 256


def program_of(deployment_id: UUID, process_id: str) -> Program:
    """Find the program of a process; a deployment never changes, so its programs are compiled once."""
    return model_of(deployment_id).processes[process_id]


def has_process(deployment_id: UUID, process_id: str) -> bool:
    """Tell whether a process is in a deployment."""
    return process_id in model_of(deployment_id).processes


def decision_binding_of(deployment_id: UUID, element_id: str) -> tuple[str, str]:
    """Say which version of its decision a business rule task wants: "latest", "deployment" or "versionTag", and the tag; "" = nothing said."""
    return _decision_bindings(deployment_id).get(element_id, ("", ""))


@lru_cache(maxsize=_KEPT)
def release_of(deployment_id: UUID) -> str:
    """Say to which release a deployment belongs."""
    release_id: str = Deployment.objects.values_list("release_id", flat=True).get(id=deployment_id)
    return release_id


@lru_cache(maxsize=_KEPT)
def _decision_bindings(deployment_id: UUID) -> Mapping[str, tuple[str, str]]:
    # Which version is meant is none of the engine's business, so its programs don't have it.
    root = etree.fromstring(model_of(deployment_id).xml, etree.XMLParser(resolve_entities=False, no_network=True))
    return {
        str(task.get("id")): (str(called.get("bindingType") or ""), str(called.get("versionTag") or ""))
        for task in root.iter("{*}businessRuleTask")
        for called in task.iter("{*}calledDecision")
    }


@lru_cache(maxsize=_KEPT)
def model_of(deployment_id: UUID) -> Model:
    """Give the compiled model of a deployment."""
    xml = Deployment.objects.values_list("xml", flat=True).get(id=deployment_id)
    return compile_model(xml.encode())


# --- which deployment is meant ---


def deployment_of(release_id: str, process_id: str) -> UUID | None:
    """Find the deployment of a release that has a process."""
    row = execute(_DEPLOYED, [release_id, process_id]).fetchone()
    return row[0] if row else None


_DEPLOYED = """
SELECT id FROM processes_deployment WHERE release_id = %s AND process_ids @> ARRAY[%s]::varchar[] ORDER BY id LIMIT 1
"""


def newest_deployment(process_id: str, **only: Any) -> UUID | None:
    """Find the newest deployment that has a process, of those that fit."""
    having = Deployment.objects.filter(process_ids__contains=[process_id], **only)
    return having.order_by("-deployed_at", "-id").values_list("id", flat=True).first()
