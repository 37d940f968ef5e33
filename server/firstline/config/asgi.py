"""The application for the web server."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from firstline.config.limits import InTurn, LimitedBodies
from firstline.runtime.supervise import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstline.config.settings")

# Whoever serves is a child of the web server; one whose parent was killed must not go on beside its successor.
die_with_parent()
application = LimitedBodies(InTurn(get_asgi_application(), at_once=settings.FIRSTLINE_AT_ONCE))

from firstline import crashpoints  # noqa: E402 -- after Django is set up

crashpoints.arm_from_environment()
