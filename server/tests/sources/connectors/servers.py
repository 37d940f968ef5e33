"""Real servers for tests, started without systemd in a folder of their own, and stopped by their process id."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port

# A net, not a measure: how long a server may take until it answers.
PATIENCE_SECONDS = 120.0


def program(*names: str) -> list[str]:
    """Find programs; skip the test where one isn't there."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    found = [shutil.which(name, path=path) for name in names]
    missing = [name for name, where in zip(names, found, strict=True) if where is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} isn't installed here; as root on Debian, 'make debian' installs it")
    return [where for where in found if where]


def wait_for(is_there: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_there():
        assert time.monotonic() < until, f"{what} didn't come up"
        time.sleep(0.05)


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()


class MariaDbServer:
    def __init__(self, path: Path, port: int) -> None:
        self.path = path
        self.port = port

    @contextmanager
    def connected(self) -> Iterator[Any]:
        import pymysql

        connection = pymysql.connect(unix_socket=str(self.path), user="root", autocommit=True)
        try:
            yield connection
        finally:
            connection.close()

    def execute(self, *statements: str) -> list[Any]:
        with self.connected() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def end_connections_of(self, user: str) -> None:
        for (number,) in self.execute(f"SELECT id FROM information_schema.processlist WHERE user = '{user}'"):
            self.execute(f"KILL {number}")

    def answers(self) -> bool:
        # Looked at without the driver first, which leaves a socket open where nobody listens.
        with socket.socket(socket.AF_UNIX) as way:
            try:
                way.connect(str(self.path))
            except OSError:
                return False
        return bool(self.execute("SELECT 1"))


def mariadb_server(folder: Path) -> Iterator[MariaDbServer]:
    """Start MariaDB with an empty folder; with a root without password on a socket that nobody else may reach."""
    install, daemon = program("mariadb-install-db", "mariadbd")
    pytest.importorskip("pymysql")
    data, port = folder / "d", free_port()
    # Its socket lies elsewhere: the path of one may have no more than about 100 characters.
    short = Path(tempfile.mkdtemp(prefix="firstline"))
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [
            install,
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *as_root,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                daemon,
                "--no-defaults",
                f"--datadir={data}",
                f"--socket={short / 's'}",
                f"--port={port}",
                "--bind-address=127.0.0.1",
                f"--pid-file={folder / 'pid'}",
                "--innodb-buffer-pool-size=16M",
                # What a test writes needn't outlive a power cut.
                "--innodb-flush-method=nosync",
                "--innodb-flush-log-at-trx-commit=0",
                *as_root,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    server = MariaDbServer(short / "s", port)
    try:
        wait_for(server.answers, "MariaDB")
        yield server
    finally:
        stop(process)
        shutil.rmtree(short)


class Slapd:
    """A directory with one base and its administrator."""

    base = "dc=firstline,dc=test"
    admin = f"cn=admin,{base}"

    def __init__(self, folder: Path, port: int, password: str) -> None:
        (self.daemon,) = program("slapd")
        self.folder = folder
        self.url = f"ldap://127.0.0.1:{port}"
        self.port = port
        self.password = password
        self.process: subprocess.Popen[bytes]
        (folder / "db").mkdir()
        (folder / "slapd.conf").write_text(
            "".join(f"include /etc/ldap/schema/{one}.schema\n" for one in ("core", "cosine", "inetorgperson"))
            + f"modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\nsuffix {self.base}\n"
            f"rootdn {self.admin}\nrootpw {password}\ndirectory {folder / 'db'}\nmaxsize 33554432\n"
        )
        self.turn_on()
        with self.connected() as way:
            way.add(self.base, ["dcObject", "organization"], {"dc": "firstline", "o": "Firstline"})

    def turn_on(self) -> None:
        if getattr(self, "process", None) is not None and self.process.poll() is None:
            return
        with (self.folder / "log").open("ab") as log:
            # -d 0 keeps it in the foreground, so that it is ours to stop.
            self.process = subprocess.Popen(
                [self.daemon, "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", self.url],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self.answers, "slapd")

    def turn_off(self) -> None:
        stop(self.process)

    def answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    @contextmanager
    def connected(self) -> Iterator[Any]:
        import ldap3

        way = ldap3.Connection(ldap3.Server(self.url, get_info=ldap3.NONE), self.admin, self.password, auto_bind=True)
        try:
            yield way
        finally:
            way.unbind()

    def persons(self) -> list[dict[str, str]]:
        with self.connected() as way:
            way.search(self.base, "(objectClass=inetOrgPerson)", attributes=["uid", "cn"])
            return [
                {name: values[0].decode() for name, values in one["raw_attributes"].items()} for one in way.response
            ]

    def fill(self, persons: list[dict[str, str]]) -> None:
        with self.connected() as way:
            for known in self.persons():
                way.delete(f"uid={known['uid']},{self.base}")
            for one in persons:
                assert way.add(f"uid={one['uid']},{self.base}", attributes=one), way.result

    def replace(self, uid: str, attribute: str, value: str) -> None:
        with self.connected() as way:
            assert way.modify(f"uid={uid},{self.base}", {attribute: [("MODIFY_REPLACE", [value])]}), way.result


class Sshd:
    """A host that gives the files of whoever runs the tests, to one key."""

    def __init__(self, folder: Path) -> None:
        (self.daemon,), (keygen,) = program("sshd"), program("ssh-keygen")
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes]
        for name in ("host", "mine", "other"):
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / name)], check=True)
        (folder / "authorized_keys").write_text(self.public("mine"))
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\nStrictModes no\n"
            f"AuthorizedKeysFile {folder / 'authorized_keys'}\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        )
        if os.geteuid() == 0:
            # Where the daemon keeps those apart who haven't signed in; nobody makes it when no service is started.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.turn_on()

    def public(self, name: str) -> str:
        return (self.folder / f"{name}.pub").read_text().strip()

    def private(self, name: str) -> str:
        return (self.folder / name).read_text()

    def turn_on(self) -> None:
        if getattr(self, "process", None) is not None and self.process.poll() is None:
            return
        with (self.folder / "log").open("ab") as log:
            # -D keeps it in the foreground, so that it is ours to stop.
            self.process = subprocess.Popen(
                [self.daemon, "-D", "-e", "-f", str(self.folder / "sshd_config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self._answers, "sshd")

    def turn_off(self) -> None:
        stop(self.process)

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as way:
                return way.recv(4) == b"SSH-"
        except OSError:
            return False


def sshd(folder: Path) -> Iterator[Sshd]:
    """Start a host of our own that gives files."""
    pytest.importorskip("paramiko")
    made = Sshd(folder)
    try:
        yield made
    finally:
        made.turn_off()


def slapd(folder: Path, *, password: str) -> Iterator[Slapd]:
    """Start a directory of our own."""
    pytest.importorskip("ldap3")
    made = Slapd(folder, free_port(), password)
    try:
        yield made
    finally:
        made.turn_off()
