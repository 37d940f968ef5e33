"""Processes to operate on."""

from bpmn.testing import (
    boundary,
    compensated,
    element,
    end,
    extensions,
    gateway,
    model,
    path,
    start,
    timer,
    user_task,
    zeebe,
)


def script(id_: str, expression: str) -> str:
    body = extensions(zeebe("script", expression=f"={expression}", resultVariable="checked"))
    return element("scriptTask", id_, body, name="Check the order")


ORDER = model(
    start(),
    script("check", 'if ok then "ok" else "order " + number'),
    user_task("pack"),
    boundary("late", "pack", timer(duration="P1D")),
    user_task("send"),
    end(),
    end("too_late"),
    path("start", "check", "pack", "send", "end"),
    path("late", "too_late"),
    process_id="order",
)
"""Stops at once unless `ok` is true; the message holds the number."""

FORK = model(
    start(),
    gateway("parallel", "split"),
    user_task("pack"),
    user_task("bill"),
    gateway("parallel", "join"),
    user_task("send"),
    end(),
    path("start", "split", "pack", "join", "send", "end"),
    path("split", "bill", "join"),
    process_id="fork",
)
BOOKING = model(
    start(),
    user_task("hotel"),
    compensated("hotel", "no_hotel"),
    element("userTask", "no_hotel", isForCompensation="true", name="Call the hotel off"),
    user_task("pay"),
    end(),
    path("start", "hotel", "pay", "end"),
    process_id="booking",
)
