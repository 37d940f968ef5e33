"""A database of our own on the server that DATABASE_URL names, or on the embedded one in FIRSTLINE_HOME."""

import os
import sys
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from psycopg.conninfo import make_conninfo

from firstline.runtime import database

HERE = Path(__file__).parent
DATABASE = "firstline_durable"


def make_new() -> None:
    """Make the database and its tables."""
    database.ensure()
    with psycopg.connect(make_conninfo(database.database_url(), dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    enter()
    call_command("migrate", verbosity=0)


def enter() -> None:
    """Let Django use it."""
    sys.path[:0] = [str(HERE), str(HERE.parent / "bpmn")]
    os.environ["DATABASE_URL"] = make_conninfo(database.database_url(), dbname=DATABASE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "house_settings"
    django.setup()
