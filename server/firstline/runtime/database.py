"""Which PostgreSQL is used: a server of one's own (DATABASE_URL), or the embedded one."""

import os
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from firstline.runtime import postgres
from firstline.runtime.home import home

CONNECT_SECONDS = 10


def is_embedded() -> bool:
    """Tell whether the database is ours to start and stop."""
    return not os.environ.get("DATABASE_URL")


def data_folder() -> Path:
    """Say where the embedded database lies."""
    return home() / "postgres"


def database_url() -> str:
    """Say how to reach the database."""
    return os.environ.get("DATABASE_URL") or postgres.url(data_folder())


def ensure() -> None:
    """Start the embedded database where it is used; a server of one's own must answer.

    Raises: DatabaseUnavailable, psycopg.OperationalError.
    """
    if is_embedded():
        postgres.ensure(data_folder())
    else:
        psycopg.connect(database_url(), connect_timeout=CONNECT_SECONDS).close()


def stop() -> None:
    """Stop the embedded database where it is used."""
    if is_embedded():
        postgres.stop(data_folder())


def django_settings() -> dict[str, Any]:
    """Write the database's address as Django wants it."""
    parts = dict(conninfo_to_dict(database_url()))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "firstline"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }
