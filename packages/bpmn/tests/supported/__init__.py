"""What the engine runs, in the order of the page: each with a model of its own that is played, and of which a picture is drawn."""

from . import (
    activities,
    boundary_events,
    catch_events,
    data,
    end_events,
    event_subprocesses,
    flows,
    gateways,
    repeating,
    start_events,
    subprocesses,
    throw_events,
)
from .row import Row

FAMILIES: dict[str, tuple[Row, ...]] = {
    "Tasks": activities.ROWS,
    "Subprocesses and calls": subprocesses.ROWS,
    "Activities that repeat": repeating.ROWS,
    "Gateways": gateways.ROWS,
    "Start events": start_events.ROWS,
    "Start events of event subprocesses": event_subprocesses.ROWS,
    "Intermediate catch events": catch_events.ROWS,
    "Boundary events": boundary_events.ROWS,
    "Intermediate throw events": throw_events.ROWS,
    "End events": end_events.ROWS,
    "Flows, pools and lanes": flows.ROWS,
    "Data": data.ROWS,
    "Drawn for people": flows.DRAWN,
}
ROWS: tuple[Row, ...] = tuple(row for rows in FAMILIES.values() for row in rows)
