"""A folder that another machine gives by SFTP. Whoever answers there must have the key of the definition.

A connection is opened for each look: it costs little against what is looked at, and a broken one is never kept.
"""

import io
import logging
import socket
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paramiko
from django.utils.translation import gettext_noop

from firstline.sources.connectors.files.definition import FilesConnection
from firstline.sources.connectors.files.folders import Found, no_name
from firstline.sources.connectors.files.formats import MAX_FILE_BYTES, UnusableFile
from firstline.sources.ports import SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.values import MAX_DOCUMENT_BYTES

MAX_ENTRIES = 10_000
PORT = 22
# A net: a file that takes longer is none that is looked up in.
FETCH_SECONDS = 300.0
_PIECE = 32_768
_AHEAD = 32
_KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
# With one kind of key come several ways to sign with it.
_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
# It would write names and addresses.
_LOG = "firstline.sources.sftp"
logging.getLogger(_LOG).setLevel(logging.CRITICAL + 1)


class SftpFolder:
    """One folder of one host, as sftp://user@host:port/path says."""

    is_far = True

    def __init__(self, place: str, settings: FilesConnection) -> None:
        url = urlsplit(place)
        try:
            self._host, self._port = url.hostname or "", url.port or PORT
        except ValueError:
            self._host = ""
        if not self._host or not url.username or url.password:
            raise SourceDown(gettext_noop("its folder isn't written as sftp://user@host/path"))
        self._user, self._path = unquote(url.username), unquote(url.path).rstrip("/") or "/"
        self._settings = settings

    def files(self, *, seconds: float) -> Iterable[Found]:
        with self._open(seconds) as sftp:
            entries = list(islice(sftp.listdir_iter(self._path), MAX_ENTRIES + 1))
        if len(entries) > MAX_ENTRIES:
            raise UnusableFile(f"its folder holds more than {MAX_ENTRIES} entries")
        return [
            Found(changed=float(one.st_mtime), name=one.filename, size=one.st_size)
            for one in entries
            # What an entry says of itself may be left out; a link may lead anywhere.
            if one.st_mtime is not None
            and one.st_size is not None
            and stat.S_ISREG(one.st_mode or 0)
            and "/" not in one.filename
        ]

    @contextmanager
    def at_hand(self, name: str, *, seconds: float) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="firstline-") as made:
            path = Path(made) / f"file{Path(name).suffix}"
            with self._open(seconds) as sftp, path.open("wb") as target:
                for piece in _pieces(sftp, self._within(name), MAX_FILE_BYTES):
                    target.write(piece)
            yield path

    def content(self, name: str, *, seconds: float) -> bytes | None:
        with self._open(seconds) as sftp:
            try:
                if not stat.S_ISREG(sftp.lstat(self._within(name)).st_mode or 0):
                    raise no_name()
                return b"".join(_pieces(sftp, self._within(name), MAX_DOCUMENT_BYTES))
            except FileNotFoundError:
                return None

    def _within(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    @contextmanager
    def _open(self, seconds: float) -> Iterator[Any]:
        """Sign in and open the way to the files; every answer on it is waited for so long."""
        if self._host not in (self._settings.allow or (self._host,)):
            raise SourceRefused(gettext_noop("its address isn't on its list of allowed hosts"))
        if not self._settings.host_key:
            raise SourceRefused(gettext_noop("its definition doesn't say whom to trust: 'host_key' is missing"))
        password, key = (
            one.read() if one is not None else None for one in (self._settings.password, self._settings.key)
        )
        transport, until = None, time.monotonic() + seconds
        try:
            transport = paramiko.Transport(socket.create_connection((self._host, self._port), timeout=seconds))
            self._greet(transport, seconds)
            if key is not None:
                transport.auth_publickey(self._user, _private_key(key))
            else:
                transport.auth_password(self._user, password or "", fallback=False)
            sftp = paramiko.SFTPClient.from_transport(transport)
            sftp.get_channel().settimeout(seconds)
            yield sftp
        except FileNotFoundError:
            raise SourceDown(gettext_noop("its folder can't be read")) from None
        except TimeoutError:
            raise SourceLate(gettext_noop("it didn't answer in time")) from None
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise _translated(error, until) from None
        finally:
            if transport is not None:
                transport.close()

    def _greet(self, transport: Any, seconds: float) -> None:
        """Agree on how to talk, and see that it is the one whose key we know."""
        kind, _, wanted = self._settings.host_key.partition(" ")
        transport.set_log_channel(_LOG)
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = transport.channel_timeout = (
            seconds
        )
        transport.get_security_options().key_types = _SIGNATURES.get(kind, (kind,))
        transport.start_client(timeout=seconds)
        if transport.get_remote_server_key().get_base64() != wanted.split(" ")[0]:
            raise SourceDown(gettext_noop("another machine answers there: its key isn't the one of the definition"))


def _translated(error: Exception, until: float) -> SourceDown | SourceLate:
    """Say what went wrong; a library that waited in vain says many things."""
    if time.monotonic() >= until:
        return SourceLate(gettext_noop("it didn't answer in time"))
    if isinstance(error, (paramiko.AuthenticationException, PermissionError)):
        return SourceDown(gettext_noop("it doesn't accept our access data"))
    return SourceDown(gettext_noop("it can't be reached"))


def _pieces(sftp: Any, path: str, most: int) -> Iterator[bytes]:
    """Read a file up to one byte more than `most`, piece by piece, asking ahead."""
    until, left = time.monotonic() + FETCH_SECONDS, most + 1
    with sftp.open(path, "rb") as file:
        file.prefetch(min(file.stat().st_size or 0, left), max_concurrent_requests=_AHEAD)
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            if time.monotonic() > until:
                raise SourceLate(gettext_noop("it didn't finish its answer in time"))
            left -= len(piece)
            yield piece


def _private_key(text: str) -> Any:
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(text + "\n"))
        except (paramiko.SSHException, ValueError):
            continue
    raise SourceDown(gettext_noop("our key for it can't be read: it must be a private key without a passphrase"))
