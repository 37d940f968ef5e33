"""Every address of the product, and with what a test visits it."""

from collections.abc import Iterator, Sequence
from typing import Literal

from django.urls import URLPattern, URLResolver, get_resolver

# public: anybody. page: all staff, nothing in particular is named. own: it names something that belongs to a brand.
Who = Literal["public", "page", "own"]

# The address's name -> who may come, and which of the sample's things it names, in order. A new address gets its line here.
ADDRESSES: dict[str, tuple[Who, tuple[str, ...]]] = {
    "start": ("page", ()),
    "health": ("public", ()),
    "login": ("public", ()),
    "logout": ("public", ()),
    "preferences": ("page", ()),
    "push:events": ("page", ()),
    "desktop:home": ("page", ()),
    "desktop:incoming": ("page", ()),
    "desktop:find": ("page", ()),
    "desktop:desk": ("own", ("contact",)),
    "desktop:take": ("own", ("contact",)),
    "desktop:verify": ("own", ("contact",)),
    "desktop:hold": ("own", ("contact",)),
    "desktop:hang-up": ("own", ("contact",)),
    "desktop:customers": ("own", ("contact",)),
    "desktop:customer": ("own", ("contact",)),
    "desktop:create-customer": ("own", ("contact",)),
    "desktop:continue": ("own", ("contact", "case")),
    "desktop:note": ("own", ("contact", "case")),
    "desktop:reason": ("own", ("contact",)),
    "desktop:next": ("own", ("contact", "task")),
    "desktop:back": ("own", ("contact", "task")),
    "desktop:draft": ("own", ("contact", "task")),
    "desktop:preview": ("own", ("contact", "task")),
    "desktop:park": ("own", ("contact", "task")),
    "desktop:resume": ("own", ("contact", "task")),
    "desktop:hand-over": ("own", ("contact", "task")),
    "desktop:tile": ("own", ("contact", "tile")),
    "desktop:reveal": ("own", ("contact", "tile")),
    "desktop:answer": ("own", ("contact",)),
    "desktop:answer-draft": ("own", ("contact",)),
    "desktop:promise": ("own", ("contact",)),
    "desktop:summary-draft": ("own", ("contact",)),
    "desktop:finish": ("own", ("contact",)),
    "work:list": ("page", ()),
    "work:claim": ("own", ("task",)),
    "work:begin": ("own", ("task",)),
    "work:release": ("own", ("task",)),
    "work:assign": ("own", ("task",)),
    "work:take": ("own", ("contact",)),
    "contacts:list": ("page", ()),
    "contacts:export": ("page", ()),
    "contacts:contact": ("own", ("contact",)),
    "contacts:attachment": ("own", ("mail", "attachment")),
    "contacts:raw": ("own", ("mail", "message")),
    "cases:list": ("page", ()),
    "cases:case": ("own", ("case",)),
    "cases:process": ("own", ("case",)),
    "cases:promise": ("own", ("case",)),
    "cases:keep": ("own", ("case", "promise")),
    "cases:note": ("own", ("case",)),
    "cases:close": ("own", ("case",)),
    "cases:retry": ("own", ("case", "incident")),
    "cases:begin": ("own", ("case", "task")),
    "cases:release": ("own", ("case", "task")),
    "cases:next": ("own", ("case", "task")),
    "cases:back": ("own", ("case", "task")),
    "cases:draft": ("own", ("case", "task")),
    "cases:preview": ("own", ("case", "task")),
    "cases:park": ("own", ("case", "task")),
    "cases:resume": ("own", ("case", "task")),
    "cases:hand-over": ("own", ("case", "task")),
    # Procedures belong to the whole organisation.
    "procedures:list": ("page", ()),
    "procedures:reasons": ("page", ()),
    "procedures:release": ("page", ("release",)),
    "procedures:process": ("page", ("release",)),
    "procedures:activate": ("page", ("release",)),
    # So do decision models; what was decided belongs to a case.
    "decisions:list": ("page", ()),
    "decisions:deploy": ("page", ()),
    "decisions:model": ("page", ("version",)),
    "decisions:xml": ("page", ("version",)),
    "decisions:drawing": ("page", ("version",)),
    "decisions:try": ("page", ("version",)),
    "decisions:made": ("page", ()),
    "decisions:evaluation": ("own", ("evaluation",)),
    "processes:workers": ("page", ()),
    "accounts:keys": ("page", ()),
    "accounts:revoke-key": ("page", ("key",)),
    # Programs show a key; what they may do is tested with the workers.
    "api:openapi": ("public", ()),
    "api:activate": ("public", ()),
    "api:complete": ("public", ("lease",)),
    "api:fail": ("public", ("lease",)),
    "api:throw_error": ("public", ("lease",)),
    "api:extend": ("public", ("lease",)),
    "insights:numbers": ("page", ()),
    "insights:figure": ("page", ("figure",)),
    "email:quarantine": ("page", ()),
    "email:raw": ("own", ("raw",)),
    "email:retry": ("own", ("raw",)),
    "phone:events": ("public", ()),
    "webform:list": ("public", ()),
    "webform:thanks": ("public", ("token",)),
    "webform:form": ("public", ("reason",)),
    "portal:follow": ("public", ("token",)),
}


def names(patterns: Sequence[URLPattern | URLResolver] | None = None, space: str = "") -> Iterator[str]:
    """List the names of all addresses that the project has."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield f"{space}{one.name}"
