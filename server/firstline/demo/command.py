"""`firstline demo`: everything on one machine, with made-up customers and three real back-office systems."""

import os
import socket
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

from firstline.demo import places
from firstline.demo.systems import start as start_systems
from firstline.demo.systems import stop as stop_systems
from firstline.runtime import database, supervise
from firstline.runtime.home import home
from firstline.runtime.postgres import DatabaseUnavailable
from firstline.runtime.web import web_command

START_SECONDS = 30


def run(*, port: int) -> None:
    """Set up what is missing, start everything, and keep it running until Ctrl-C."""
    began = time.monotonic()
    ports = places.Ports(port)
    places.set_environment(ports)
    supervise.hold_home(home())
    _refuse_taken_ports(ports)
    supervisor = supervise.Supervisor(logs=home() / "logs", say=_say)
    try:
        _prepare()
        start_systems(folder=places.systems_folder())
        mailbox, *others = _programs(ports)
        supervisor.start(mailbox)
        _play_history()
        for program in others:
            supervisor.start(program)
        _wait_until_it_answers(ports)
        _greet(ports, seconds=time.monotonic() - began)
        supervisor.run()
    except KeyboardInterrupt:
        pass
    finally:
        _say("Stopping ...")
        supervisor.stop()
        stop_systems(folder=places.systems_folder())
        database.stop()
        _say("Stopped. The data stays; `make demo` goes on with it.")


def play_story(*, port: int) -> int:
    """Play the story against the running demo."""
    places.set_environment(places.Ports(port))
    _django()
    from firstline.demo.story import play  # noqa: PLC0415 -- needs Django

    return play(port=port)


def _prepare() -> None:
    database.ensure()
    _django()
    from django.core.management import call_command  # noqa: PLC0415

    from firstline.demo import seed  # noqa: PLC0415

    call_command("migrate", interactive=False, verbosity=0)
    seed.seed(say=_say)


def _play_history() -> None:
    from django.db import connections  # noqa: PLC0415

    from firstline.demo import seed  # noqa: PLC0415

    seed.seed_history(say=_say)
    # The children have connections of their own; this process needs none while it watches over them.
    connections.close_all()
    for connection in connections.all():
        connection.close_pool()  # type: ignore[attr-defined]


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstline.config.settings")
    import django  # noqa: PLC0415

    django.setup()


def _programs(ports: places.Ports) -> list[supervise.Program]:
    mailbox = ["-m", "firstline.demo.mailbox", "--port", str(ports.mailbox), "--folder", str(places.mailbox_folder())]
    return [
        supervise.Program(name="mailbox", arguments=supervise.python(*mailbox), environment={}),
        supervise.Program(
            name="web", arguments=web_command(host="127.0.0.1", port=ports.web, workers=1), environment={}
        ),
        supervise.Program(name="worker", arguments=supervise.python("-m", "firstline", "worker"), environment={}),
    ]


def _refuse_taken_ports(ports: places.Ports) -> None:
    for port in (ports.web, ports.mailbox, ports.smtp_in, ports.lmtp):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise DatabaseUnavailable(
                    f"Port {port} is taken by another program. Choose another first port: FIRSTLINE_PORT={port + 100} make demo"
                ) from None


def _wait_until_it_answers(ports: places.Ports) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{ports.web}/health/", timeout=2):
                return
        except (URLError, OSError):
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(
                    f"The web server doesn't answer; see {home() / 'logs' / 'web.log'}."
                ) from None
            time.sleep(0.1)


def _greet(ports: places.Ports, *, seconds: float) -> None:
    from firstline.demo.seed import STAFF  # noqa: PLC0415

    lines = ["", f"Firstline runs at http://127.0.0.1:{ports.web} (ready after {seconds:.0f} s)", ""]
    lines += [f"  {person.what:<16} {person.email:<32} {places.PASSWORD}" for person in STAFF]
    lines += [
        "",
        f"  The demo's phone, switches and mailbox: http://127.0.0.1:{ports.web}/demo/",
        f"  Send mail to it: SMTP at 127.0.0.1:{ports.smtp_in}, any address at lindwerk.example",
        "",
        "Ctrl-C ends it.",
    ]
    _say("\n".join(lines))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
