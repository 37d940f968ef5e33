"""The connector to directories. A connection is opened for each question: it costs little there, and a broken one is never kept."""

import math
import re
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import ldap3
from django.utils.translation import gettext_noop
from ldap3.core.exceptions import LDAPException, LDAPStartTLSError
from ldap3.operation.search import compile_filter, parse_filter
from ldap3.protocol.controls import build_control
from ldap3.utils.dn import parse_dn

from firstline.crashpoints import crash_point
from firstline.sources.connectors.ldap.definition import LdapConnection, Modification, Search
from firstline.sources.ports import (
    CANT_ASK,
    CANT_USE,
    TOO_LARGE,
    UNREACHABLE,
    UNTRUSTED,
    Guarantee,
    Row,
    SourceChanged,
    SourceDown,
    SourceLate,
    SourceRefused,
)
from firstline.sources.rules.templates import fill_content
from firstline.sources.rules.values import Hostile, bounded, clean_text

CONNECT_SECONDS = 3
MAX_ANSWER_BYTES = 1_000_000
_ASSERTION = "1.3.6.1.1.12"  # RFC 4528
# Result codes, RFC 4511 section 4.1.9 and RFC 4528.
_SUCCESS, _TIME_LIMIT, _SIZE_LIMIT, _NO_CONTROL, _NO_SUCH, _BAD_LOGIN = 0, 3, 4, 12, 32, 49
_BUSY = (51, 52, 80)
_ASSERTION_FAILED = 122
_NOT_ENCRYPTED = gettext_noop("it doesn't take up encryption; write ldaps:// in its address, or leave 'starttls' out")
_SPECIAL = re.compile(r"[\x00-\x1f*()\\]|[^\x00-\x7f]")


class LdapConnector:
    """One directory, below one base."""

    guarantee: Guarantee = "verified"

    def __init__(self, connection: LdapConnection, *, concurrency: int) -> None:
        self._settings = connection

    def read(self, read: Search, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        wanted = filter_of(read.where, parameters)
        with self._open(seconds, reads=True) as way:
            way.search(
                self._settings.base,
                wanted,
                attributes=list(read.attributes) or ["*"],
                size_limit=limit,
                time_limit=max(1, math.ceil(seconds)),
            )
            _check(way.result, fine=(_SUCCESS, _SIZE_LIMIT))
            rows = [_row(entry) for entry in way.response or () if entry.get("type") == "searchResEntry"]
        try:
            return bounded(rows[:limit])
        except Hostile as error:
            raise SourceRefused(CANT_USE, reason=str(error)) from None

    def write(self, write: Modification, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        for record in records:
            name = str(record.get("record") or "")
            self._check_below_base(name)
            values = {**record, "key": key}
            changes = {
                one: [("MODIFY_REPLACE", _as_attribute(fill_content(made_of, values)))]
                for one, made_of in write.replace.items()
            }
            version = record.get("version")
            controls = [_only_if(write.version_attribute, str(version))] if version else None
            crash_point("sources.ldap.before_send")
            with self._open(seconds, reads=False) as way:
                way.modify(name, changes, controls=controls)
                crash_point("sources.ldap.after_answer")
                if way.result["result"] == _ASSERTION_FAILED:
                    raise SourceChanged(f"{clean_text(name)} has another {write.version_attribute}")
                _check(way.result, fine=(_SUCCESS,))

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        """Nothing is held."""

    def _check_below_base(self, name: str) -> None:
        try:
            own, base = (_steps(one) for one in (name, self._settings.base))
        except LDAPException:
            own, base = [], [("", "")]
        if own[-len(base) :] != base:
            raise SourceRefused(gettext_noop("what is to be written to doesn't lie below the base of its definition"))

    @contextmanager
    def _open(self, seconds: float, *, reads: bool) -> Iterator[Any]:
        settings, until = self._settings, time.monotonic() + seconds
        server = _server(settings)
        user, password = (one.read() if one is not None else None for one in (settings.user, settings.password))
        way = ldap3.Connection(
            server,
            user=user,
            password=password,
            read_only=reads,
            auto_referrals=False,
            auto_encode=False,
            check_names=False,
            receive_timeout=max(1, math.ceil(seconds)),
        )
        bound: _Bound | None = None
        try:
            way.open(read_server_info=False)
            if settings.starttls:
                _encrypt(way)
            way.socket = bound = _Bound(way.socket, until)
            if user is not None:
                way.bind(read_server_info=False)
                _check(way.result, fine=(_SUCCESS,))
            yield way
        except LDAPException as error:
            raise _translated(error, bound, until) from None
        finally:
            _let_go(way)


def _encrypt(way: Any) -> None:
    try:
        way.start_tls(read_server_info=False)
    except LDAPStartTLSError as error:
        raise SourceDown(UNTRUSTED if _is_untrusted(error) else _NOT_ENCRYPTED) from None


def _is_untrusted(error: Exception) -> bool:
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


class _Bound:
    """A socket that takes in only so much, and only for so long."""

    def __init__(self, inner: Any, until: float) -> None:
        self._inner = inner
        self._until = until
        self._left = MAX_ANSWER_BYTES
        self.is_too_much = False

    def recv(self, size: int) -> bytes:
        self._inner.settimeout(max(0.01, self._until - time.monotonic()))
        data: bytes = self._inner.recv(size)
        self._left -= len(data)
        self.is_too_much = self._left < 0
        if self.is_too_much or time.monotonic() > self._until:
            raise OSError("enough")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _server(settings: LdapConnection) -> Any:
    address = urlsplit(settings.url.read())
    if address.scheme not in ("ldap", "ldaps") or not address.hostname:
        raise SourceDown(gettext_noop("its address begins with neither ldap:// nor ldaps://"))
    if settings.allow and address.hostname not in settings.allow:
        raise SourceRefused(gettext_noop("its address isn't on its list of allowed hosts"))
    is_encrypted = address.scheme == "ldaps"
    return ldap3.Server(
        address.hostname,
        port=address.port or (636 if is_encrypted else 389),
        use_ssl=is_encrypted,
        tls=ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.ca_file or None),
        get_info=ldap3.NONE,
        connect_timeout=CONNECT_SECONDS,
    )


def filter_of(where: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """Make a filter; whatever is in a value, it stays one value.

    >>> filter_of({"uid": "{customer}", "objectClass": "person"}, {"customer": "a*)(cn=b"})
    '(&(uid=a\\\\2a\\\\29\\\\28cn=b)(objectClass=person))'
    """
    parts = [f"({name}={_escaped(fill_content(value, parameters))})" for name, value in where.items()]
    return parts[0] if len(parts) == 1 else f"(&{''.join(parts)})"


def _escaped(value: object) -> str:
    text = "" if value is None else str(value)
    return _SPECIAL.sub(lambda found: "".join(f"\\{byte:02x}" for byte in found[0].encode()), text)


def _only_if(attribute: str, value: str) -> Any:
    condition = parse_filter(f"({attribute}={_escaped(value)})", None, True, False, None, False)  # noqa: FBT003 -- ldap3's way
    return build_control(_ASSERTION, True, compile_filter(condition.elements[0]))  # noqa: FBT003 -- ldap3's way


def _steps(name: str) -> list[tuple[str, str]]:
    return [(attribute.lower(), value.lower()) for attribute, value, _ in parse_dn(name, strip=True)]


def _as_attribute(value: Any) -> list[bytes]:
    plain = getattr(value, "amount", value)
    return [] if plain in (None, "") else [str(plain).encode()]


def _row(entry: Mapping[str, Any]) -> Row:
    row: Row = {"dn": entry.get("dn", "")}
    for name, values in entry.get("raw_attributes", {}).items():
        read = [_value(value) for value in values]
        row[name] = read[0] if len(read) == 1 else read or None
    return row


def _value(value: bytes) -> object:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _check(result: Mapping[str, Any], *, fine: tuple[int, ...]) -> None:
    code = result["result"]
    if code in fine:
        return
    if code == _BAD_LOGIN:
        raise SourceDown(gettext_noop("it doesn't accept our access data"))
    if code == _NO_SUCH:
        raise SourceRefused(gettext_noop("it has no such place, or doesn't show it to who signs in"))
    if code == _TIME_LIMIT:
        raise SourceLate(gettext_noop("it didn't answer in time"))
    if code in _BUSY:
        raise SourceDown(gettext_noop("it says that it can't now"))
    if code == _NO_CONTROL:
        raise SourceRefused(gettext_noop("it can't compare versions; leave 'version' out of the command"))
    raise SourceRefused(clean_text(str(result.get("message") or result.get("description") or f"error {code}")))


def _translated(error: Exception, bound: _Bound | None, until: float) -> SourceDown | SourceRefused:
    if bound is not None and bound.is_too_much:
        return SourceRefused(TOO_LARGE, most=MAX_ANSWER_BYTES)
    if time.monotonic() > until:
        return SourceLate(gettext_noop("it didn't answer in time"))
    if _is_untrusted(error):
        return SourceDown(UNTRUSTED)
    if type(error).__name__.startswith("LDAPSocket") or "Communication" in type(error).__name__:
        return SourceDown(UNREACHABLE)
    return SourceRefused(CANT_ASK, reason=type(error).__name__)


def _let_go(way: Any) -> None:
    with suppress(LDAPException, OSError):
        way.unbind()
    if way.socket is not None:
        with suppress(OSError):
            way.socket.close()
