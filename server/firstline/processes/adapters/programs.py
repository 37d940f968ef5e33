"""Compiled programs, kept per process."""

from functools import lru_cache
from uuid import UUID

from bpmn import Model, Program, compile_model
from firstline.processes.models import Deployment

_KEPT = 256


def program_of(deployment_id: UUID, process_id: str) -> Program:
    """Find the program of a process; a deployment never changes, so its programs are compiled once."""
    return _model(deployment_id).processes[process_id]


@lru_cache(maxsize=_KEPT)
def _model(deployment_id: UUID) -> Model:
    xml = Deployment.objects.values_list("xml", flat=True).get(id=deployment_id)
    return compile_model(xml.encode())
