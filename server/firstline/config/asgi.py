"""The application for the web server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstline.config.settings")

application = get_asgi_application()

from firstline import crashpoints  # noqa: E402 -- after Django is set up

crashpoints.arm_from_environment()
