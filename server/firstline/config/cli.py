"""The command line: `firstline ...`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from firstline.errors import FirstlineError
from firstline.runtime import backup, database, supervise
from firstline.runtime.home import home
from firstline.runtime.postgres import DatabaseUnavailable
from firstline.runtime.web import web_command

_SAID_IN_WORDS = (DatabaseUnavailable, supervise.AlreadyRunning, backup.CannotRestore, FirstlineError, OSError)
ROLES = ("agent", "backoffice", "lead", "owner", "admin")
PROGRAM_ROLES = ROLES[:3]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are sentences, and an exit code of 1."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen) or 0)
    except _SAID_IN_WORDS as error:
        sys.stderr.write(f"{error}\n")
    except psycopg.OperationalError as error:
        sys.stderr.write(_database_is_away(error))
    except Exception as error:
        # Django wraps what the driver says.
        if not isinstance(error.__cause__, psycopg.OperationalError):
            raise
        sys.stderr.write(_database_is_away(error.__cause__))
    except KeyboardInterrupt:
        return 130
    return 1


def _database_is_away(error: Exception) -> str:
    return f"The database doesn't answer: {str(error).strip()}\nStart it, or correct DATABASE_URL.\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="firstline", description="Customer Process Management.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="try everything: demo data, demo systems, web and worker")
    demo.add_argument("--port", type=int, default=int(os.environ.get("FIRSTLINE_PORT", "8000")))
    demo.add_argument(
        "--story", action="store_true", help="play the demo's story against the running demo, and check each step"
    )
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="run web server and worker")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--web-workers", type=int, default=1)
    serve.add_argument("--no-worker", action="store_true", help="run the web server alone")
    serve.set_defaults(run=_serve)

    worker = commands.add_parser("worker", help="run a worker")
    worker.set_defaults(run=_worker)

    migrate = commands.add_parser("migrate", help="bring the database up to this version")
    migrate.set_defaults(run=_migrate)

    stop = commands.add_parser("stop", help="stop what runs on this home folder, and its database")
    stop.set_defaults(run=_stop)

    backup = commands.add_parser("backup", help="write database, files and keys into one archive")
    backup.add_argument("target", type=Path, help="the .tar file to write")
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="restore a backup into a new home folder and an empty database")
    restore.add_argument("source", type=Path, help="the .tar file that `firstline backup` wrote")
    restore.set_defaults(run=_restore)

    brand = commands.add_parser("brand", help="brands").add_subparsers(required=True, metavar="COMMAND")
    set_brand = brand.add_parser("set", help="make a brand, or change what is given of it")
    set_brand.add_argument("key")
    set_brand.add_argument(
        "--name", type=_named, action="append", metavar="LANGUAGE=NAME", help="the first is the main language"
    )
    set_brand.add_argument("--sender-name", help="as it stands in messages to customers")
    set_brand.add_argument("--sender-address", help="from which messages to customers come")
    set_brand.add_argument("--zone", help="such as Europe/Berlin")
    set_brand.add_argument("--country", help="of phone numbers without a country code, such as DE")
    set_brand.set_defaults(run=_set_brand)

    team = commands.add_parser("team", help="teams").add_subparsers(required=True, metavar="COMMAND")
    set_team = team.add_parser("set", help="make a team, or name it anew")
    set_team.add_argument("key")
    set_team.add_argument("--name", type=_named, action="append", required=True, metavar="LANGUAGE=NAME")
    set_team.set_defaults(run=_set_team)

    user = commands.add_parser("user", help="staff").add_subparsers(required=True, metavar="COMMAND")
    add = user.add_parser("add", help="make a member of staff; the password is asked for, or read from standard input")
    add.add_argument("email")
    add.add_argument("--name", default="")
    add.add_argument("--role", action="append", choices=ROLES, required=True)
    add.add_argument("--team", action="append", default=[])
    add.add_argument("--brand", action="append", default=[], help="for which brands; without any, for all there are")
    add.set_defaults(run=_add_user)

    key = commands.add_parser("key", help="keys to the API").add_subparsers(required=True, metavar="COMMAND")
    add_key = key.add_parser("add", help="make a key for a program; it is written once, to standard output")
    add_key.add_argument("name", help="which program has it, and where")
    add_key.add_argument(
        "--jobs", action="append", default=[], metavar="TYPE", help="a type of jobs that it does; '*' is any type"
    )
    add_key.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="RESOURCE:VERB",
        help="what it reads (cases:read) or changes (:write)",
    )
    add_key.add_argument("--role", action="append", default=[], choices=PROGRAM_ROLES, help="as what it works")
    add_key.add_argument("--team", action="append", default=[], help="in which teams")
    add_key.add_argument("--brand", action="append", default=[], help="for which brands")
    add_key.set_defaults(run=_add_key)
    revoke = key.add_parser("revoke", help="close a key at once and for good")
    revoke.add_argument("prefix", help="how the key begins, such as flk_Ab3dEf")
    revoke.add_argument("--reason", required=True)
    revoke.set_defaults(run=_revoke_key)

    openapi = commands.add_parser("openapi", help="write the description of the API (OpenAPI 3.1, JSON)")
    openapi.set_defaults(run=_openapi)

    mail = commands.add_parser("mail", help="mail").add_subparsers(required=True, metavar="COMMAND")
    import_mail = mail.add_parser("import", help="take in messages from files (.eml, mbox)")
    import_mail.add_argument("files", nargs="+", type=Path, metavar="FILE")
    import_mail.set_defaults(run=_import_mail)

    procedures = commands.add_parser("procedures", help="procedures").add_subparsers(required=True, metavar="COMMAND")
    deploy = procedures.add_parser("deploy", help="deploy one procedure's folder, or all of a folder")
    deploy.add_argument("folder", type=Path, metavar="DIR")
    deploy.set_defaults(run=_deploy)

    customers = commands.add_parser("customers", help="who is who").add_subparsers(required=True, metavar="COMMAND")
    count = customers.add_parser("count", help="count how common names and addresses are; recognition builds on it")
    count.set_defaults(run=_count_customers)
    duplicates = customers.add_parser("duplicates", help="look for customers who are in twice, for somebody to decide")
    duplicates.set_defaults(run=_find_duplicates)
    take_in = customers.add_parser(
        "import", help="take in customers from a CSV or Excel file; begun before, it goes on"
    )
    take_in.add_argument("file", type=Path)
    take_in.add_argument("--brand", required=True)
    take_in.add_argument("--map", action="append", required=True, type=_mapped, metavar="FIELD=COLUMN", dest="mapping")
    take_in.add_argument("--try", action="store_true", dest="is_dry", help="only tell what is wrong with which row")
    take_in.set_defaults(run=_import_customers)

    reindex = commands.add_parser(
        "reindex", help="write down anew by what everything is found; nothing need be stopped"
    )
    reindex.set_defaults(run=_reindex)

    check_brands = customers.add_parser("check", help="tell every mistake in what brands define about their customers")
    check_brands.set_defaults(run=_check_customers)

    sources = commands.add_parser("sources", help="back-office systems").add_subparsers(
        required=True, metavar="COMMAND"
    )
    check = sources.add_parser("check", help="tell every mistake in the definitions")
    check.set_defaults(run=_check_sources)
    ask = sources.add_parser("ask", help="ask a view, to try its definition")
    ask.add_argument("view", help="such as billing.invoices")
    ask.add_argument(
        "known", nargs="+", metavar="KIND=VALUE", help="what is known of a customer: email=ada@example.com"
    )
    ask.set_defaults(run=_ask_source)

    identity = commands.add_parser("identity", help="what callers must show").add_subparsers(
        required=True, metavar="COMMAND"
    )
    policies = identity.add_parser("check", help="tell every mistake in the policies")
    policies.set_defaults(run=_check_policies)
    return parser


def _named(text: str) -> tuple[str, str]:
    language, equals, name = text.partition("=")
    if not (language and equals and name.strip()):
        raise argparse.ArgumentTypeError(f"'{text}' isn't written as LANGUAGE=NAME, such as de=Stadtwerke.")
    return language, name.strip()


def _mapped(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not (field and equals and column.strip()):
        raise argparse.ArgumentTypeError(f"'{text}' isn't written as FIELD=COLUMN, such as family_name=Surname.")
    return column.strip(), field


def set_up_django() -> None:
    """Start the database where it is ours, and load Django."""
    database.ensure()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firstline.config.settings")
    import django

    django.setup()


def _migrate(chosen: argparse.Namespace) -> None:
    set_up_django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    from firstline.config.finding import write_where_nothing_is

    write_where_nothing_is()


def _serve(chosen: argparse.Namespace) -> None:
    supervise.hold_home(home())
    supervisor = supervise.Supervisor(logs=home() / "logs")
    try:
        _migrate(chosen)
        supervisor.start(
            supervise.Program(
                name="web",
                arguments=web_command(host=chosen.host, port=chosen.port, workers=chosen.web_workers),
                environment={},
            )
        )
        if not chosen.no_worker:
            supervisor.start(
                supervise.Program(
                    name="worker", arguments=supervise.python("-m", "firstline", "worker"), environment={}
                )
            )
        sys.stdout.write(f"Firstline answers at http://{chosen.host}:{chosen.port} (Ctrl-C ends it)\n")
        sys.stdout.flush()
        supervisor.run()
    finally:
        supervisor.stop()
        database.stop()


def _worker(chosen: argparse.Namespace) -> None:
    set_up_django()
    from firstline import crashpoints
    from firstline.config import worker

    crashpoints.arm_from_environment()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    worker.run(stop)


def _demo(chosen: argparse.Namespace) -> int:
    os.environ["FIRSTLINE_DEMO"] = "1"
    from firstline.demo import command

    if chosen.story:
        return command.play_story(port=chosen.port)
    command.run(port=chosen.port)
    return 0


def _stop(chosen: argparse.Namespace) -> None:
    from firstline.demo import places, systems

    stopped = supervise.stop_running(home())
    systems.stop(folder=places.systems_folder())  # when the demo was killed, they go on without it
    database.stop()
    sys.stdout.write("Stopped.\n" if stopped else "Nothing was running; the database is stopped.\n")


def _backup(chosen: argparse.Namespace) -> None:
    backup.write(chosen.target)
    sys.stdout.write(f"{chosen.target} holds the database, the files and the keys: keep it safe.\n")


def _restore(chosen: argparse.Namespace) -> None:
    supervise.hold_home(home())
    backup.restore(chosen.source)
    _migrate(chosen)
    sys.stdout.write(f"Restored into {home()}. `firstline serve` goes on with it.\n")


def _set_brand(chosen: argparse.Namespace) -> int:
    set_up_django()
    from firstline.accounts import actions

    plain = ("sender_name", "sender_address", "zone", "country")
    wanted: dict[str, Any] = {name: getattr(chosen, name) for name in plain if getattr(chosen, name) is not None}
    if chosen.name:
        wanted |= {"names": dict(chosen.name), "languages": [language for language, _name in chosen.name]}
    return _in_words(lambda: actions.set_brand(key=chosen.key, **wanted), said=f"The brand '{chosen.key}' is set.")


def _set_team(chosen: argparse.Namespace) -> int:
    set_up_django()
    from firstline.accounts import actions

    names = dict(chosen.name)
    return _in_words(lambda: actions.set_team(key=chosen.key, names=names), said=f"The team '{chosen.key}' is set.")


def _in_words(do: Callable[[], object], *, said: str) -> int:
    """Do something that may be refused for several reasons at once."""
    from django.core.exceptions import ValidationError

    try:
        do()
    except ValidationError as error:
        sys.stderr.write("\n".join(error.messages) + "\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def _add_user(chosen: argparse.Namespace) -> int:
    set_up_django()
    import getpass

    from firstline.accounts import actions

    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return _in_words(
        lambda: actions.add_user(
            email=chosen.email,
            name=chosen.name or chosen.email,
            password=password,
            roles=chosen.role,
            teams=chosen.team,
            brands=chosen.brand,
        ),
        said=f"{chosen.email} can log in now.",
    )


def _add_key(chosen: argparse.Namespace) -> None:
    set_up_django()
    from firstline.accounts import actions, rules
    from firstline.accounts.principals import command_line_principal

    scopes = [*(rules.JOBS + type_ for type_ in chosen.jobs), *chosen.scope]
    _id, key = actions.make_api_key(
        principal=command_line_principal(),
        name=chosen.name,
        scopes=scopes,
        roles=chosen.role,
        teams=chosen.team,
        brands=chosen.brand,
    )
    sys.stderr.write("Keep it safe: it can't be read again.\n")
    sys.stdout.write(f"{key}\n")


def _revoke_key(chosen: argparse.Namespace) -> None:
    set_up_django()
    from firstline.accounts import actions, queries
    from firstline.accounts.principals import command_line_principal

    key_id = queries.key_beginning(chosen.prefix)
    actions.revoke_api_key(principal=command_line_principal(), key_id=key_id, reason=chosen.reason)
    sys.stdout.write("The key is revoked.\n")


def _openapi(chosen: argparse.Namespace) -> None:
    set_up_django()
    import json

    from firstline.config.api import description

    sys.stdout.write(json.dumps(description(), indent=2) + "\n")


def _import_mail(chosen: argparse.Namespace) -> int:
    set_up_django()
    from firstline.channels.email import importer

    results = importer.import_files(chosen.files)
    for line in results:
        sys.stdout.write(f"{line}\n")
    return 0


def _deploy(chosen: argparse.Namespace) -> int:
    set_up_django()
    from firstline.procedures import importer
    from firstline.procedures.problems import ProcedureProblems

    try:
        for line in importer.deploy_tree(chosen.folder):
            sys.stdout.write(f"{line}\n")
    except ProcedureProblems as problems:
        sys.stderr.write(f"{problems}\n")
        return 1
    return 0


def _count_customers(chosen: argparse.Namespace) -> None:
    set_up_django()
    from firstline.customers import actions

    sys.stdout.write(f"{actions.count_customers()} customers counted.\n")


def _import_customers(chosen: argparse.Namespace) -> int:
    set_up_django()
    from firstline.accounts.models import Brand
    from firstline.accounts.principals import command_line_principal
    from firstline.customers import actions

    brand = Brand.objects.filter(key=chosen.brand).first()
    if brand is None:
        raise FirstlineError(f"There is no brand '{chosen.brand}'.")

    def tell(far: actions.Progress) -> None:
        sys.stderr.write(f"{far.share:4.0%}  {far.rows} rows, {far.made} good, {far.faulty} left out\n")

    what: dict[str, Any] = {"path": chosen.file, "brand": brand, "mapping": dict(chosen.mapping), "on_batch": tell}
    if chosen.is_dry:
        problems = actions.try_import(**what)
    else:
        known = actions.import_customers(**what, principal=command_line_principal())
        problems = actions.problems_of(known)
        sys.stdout.write(f"{known.made} customers taken in; {known.duplicates} new possible duplicates.\n")
    for one in problems:
        sys.stdout.write(f"row {one.row}, {one.column}: {one.message}\n")
    return int(bool(problems))


def _find_duplicates(chosen: argparse.Namespace) -> None:
    set_up_django()
    from firstline.customers import actions

    sys.stdout.write(f"{actions.find_duplicates()} new possible duplicates; they are listed under Customers.\n")


def _reindex(_chosen: argparse.Namespace) -> None:
    set_up_django()
    from firstline.config.finding import write_anew

    def tell(count: int) -> None:
        sys.stderr.write(f"{count} ...\n")

    sys.stdout.write(f"{write_anew(tell=tell)} things are found.\n")


def _check_customers(chosen: argparse.Namespace) -> int:
    set_up_django()
    from firstline.relationship import queries

    problems = queries.problems_in_files()
    for line in problems:
        sys.stderr.write(f"{line}\n")
    return 1 if problems else 0


def _check_sources(chosen: argparse.Namespace) -> int:
    set_up_django()
    from firstline.sources import queries
    from firstline.sources.rules.definitions import DefinitionProblems

    try:
        for line in queries.describe_sources():
            sys.stdout.write(f"{line}\n")
    except DefinitionProblems as problems:
        sys.stderr.write(f"{problems}\n")
        return 1
    return 0


def _check_policies(chosen: argparse.Namespace) -> int:
    set_up_django()
    from django.conf import settings

    from firstline.identity.adapters import loaded
    from firstline.identity.rules.policy import PolicyProblems

    try:
        found = loaded.check_folder(Path(settings.FIRSTLINE_IDENTITY))
    except PolicyProblems as problems:
        sys.stderr.write(f"{problems}\n")
        return 1
    for brand, policy in found.items():
        sys.stdout.write(f"{brand or 'all others'}: {len(policy.ways)} ways, {len(policy.questions)} questions\n")
    return 0


def _ask_source(chosen: argparse.Namespace) -> int:
    if _check_sources(chosen):
        return 1
    from firstline.sources import queries

    known = [pair.partition("=") for pair in chosen.known]
    for line in queries.try_view(view=chosen.view, identifiers={kind: [value] for kind, _, value in known}):
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
