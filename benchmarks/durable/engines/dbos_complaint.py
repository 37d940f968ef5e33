"""DBOS: the steps of a complaint as a Python workflow, with messages for what people do. It knows no BPMN.

`dbos_complaint.py URL CALLERS INSTANCES ROUNDS`
"""

import sys
import time
from functools import partial
from importlib.metadata import version
from typing import Any

from crowd import ask_in_threads, begins, tell
from dbos import DBOS
from psycopg.conninfo import conninfo_to_dict
from shapes import CUSTOMER, REGISTERED

# Longer than any run.
PATIENCE_SECONDS = 3_600


@DBOS.step()
def look_up(_customer_id: str) -> dict[str, object]:
    return CUSTOMER


@DBOS.step()
def triage(severity: int, amount: int, segment: str) -> tuple[int, int]:
    if severity <= 1:
        return (1, 0) if amount < 50 else (2, 10)
    if severity == 2:
        return (3, 50) if segment == "gold" else (2, 20)
    return (4, 100)


@DBOS.step()
def notify() -> bool:
    return True


@DBOS.step()
def investigate(amount: int, severity: int) -> int:
    return amount * severity


@DBOS.step()
def pay(amount: int) -> dict[str, int]:
    return {"paid": amount}


@DBOS.step()
def close() -> str:
    return "closed"


@DBOS.workflow()
def complaint() -> str:
    known = DBOS.recv("register", timeout_seconds=PATIENCE_SECONDS)
    customer = look_up(known["customer_id"])
    priority, goodwill = triage(known["severity"], known["amount"], str(customer["segment"]))
    if priority == 0:
        return "rejected"
    notify()
    investigate(known["amount"], known["severity"])
    DBOS.recv("handle", timeout_seconds=PATIENCE_SECONDS)
    if goodwill > 0:
        pay(known["amount"])
    return close()


def main() -> None:
    url, callers, instances, rounds = sys.argv[1], *map(int, sys.argv[2:])
    known = conninfo_to_dict(url)
    address = f"postgresql+psycopg://{known['user']}@/{known['dbname']}?host={known['host']}"
    DBOS(config={"name": "durable", "system_database_url": address, "log_level": "ERROR", "sys_db_pool_size": 20})
    DBOS.launch()
    for _ in range(rounds):
        begins()
        tell(f"DBOS {version('dbos')}", *one_round(callers, instances))
    DBOS.destroy()


def one_round(callers: int, instances: int) -> tuple[float, list[float]]:
    """Start, register and handle; a request is done when its message is kept, the round when every workflow has ended."""
    began = time.perf_counter()
    begun: list[Any] = []
    took = ask_in_threads(callers, lambda _: begun.append(DBOS.start_workflow(complaint)), range(instances))
    for topic, message in (("register", REGISTERED), ("handle", {"decision": "refund"})):
        took += ask_in_threads(callers, partial(_send, topic, message), begun)
    assert all(one.get_result() == "closed" for one in begun)
    return time.perf_counter() - began, took


def _send(topic: str, message: object, workflow: Any) -> None:
    DBOS.send(workflow.workflow_id, message, topic)


if __name__ == "__main__":
    main()
