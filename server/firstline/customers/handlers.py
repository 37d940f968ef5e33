"""Imports at work, as the outbox delivers them: some batches at a time, so that others get their turn."""

import time
from datetime import timedelta
from uuid import UUID

from firstline.customers import actions
from firstline.customers.models import CustomerImport
from firstline.outbox.ports import Delivery, TryAgain

_SECONDS = 3.0


def take_in(delivery: Delivery) -> None:
    """Do the next parts of an import, and come back until nothing is left; what somebody stopped is over."""
    wanted = CustomerImport.objects.select_related("brand", "file")
    known = wanted.filter(id=UUID(delivery.payload["import_id"]), run=delivery.payload["run"]).first()
    until = time.monotonic() + _SECONDS
    while known is not None and actions.do_next(known):
        known = wanted.filter(id=known.id, run=known.run).first()
        if time.monotonic() > until:
            raise TryAgain("more rows wait", timedelta())
