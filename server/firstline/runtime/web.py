"""How the web server is started."""

import sys
from pathlib import Path


def web_command(*, host: str, port: int, workers: int) -> list[str]:
    """Write the command line of the web server; the built files are served by it directly."""
    static = Path(__file__).resolve().parent.parent / "ui" / "static"
    return [
        sys.executable, "-m", "granian",
        "--interface", "asginl",
        "--host", host,
        "--port", str(port),
        "--workers", str(workers),
        "--workers-kill-timeout", "3",
        "--respawn-failed-workers",
        "--no-ws",
        "--log-level", "warning",
        "--static-path-route", "/static",
        "--static-path-mount", str(static),
        "firstline.config.asgi:application",
    ]  # fmt: skip
