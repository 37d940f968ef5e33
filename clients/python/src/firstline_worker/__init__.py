"""Workers for the jobs of Firstline's processes."""

from firstline_worker._api import Refused
from firstline_worker._job import BpmnError, Job, JobFailed
from firstline_worker._worker import Worker

__all__ = ["BpmnError", "Job", "JobFailed", "Refused", "Worker"]
