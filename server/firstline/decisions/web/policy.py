"""What pages with drawings may load beside the usual."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

# The library that draws decisions writes styles into its markup, which must not be changed (see NOTICE): each is named
# here by its hash, so that no other style attribute passes.
_STYLES = (
    "'sha256-CA/eh4+2R0J7cEQ14gBMtx834RIOjzMUqCM+evtrkp4='",
    "'sha256-r3vOsuepBDg6tz/cOusiNJ9Y4Lp9hGQTT7pzDks1Xxc='",
    "'sha256-JpvvTIK7ulxf/3oA+AUuVbO9Labs8npGWGm9X9nGIWw='",
    "'sha256-9OIpRRx0bq4t4s2zyqbocMNwedniLDaxLB+FlLIjNgM='",
    "'sha256-GAdrtwahSjGXI0UQQnfyEVtPn+wfgQxvyrjyQuByfuU='",
    "'sha256-ZG9bHUWWXDZyu7zfItuLwGK+cah/hweM0RfXpZpxZVM='",
)


def with_drawing(view: View[P]) -> View[P]:
    """Let a page show drawings of decisions."""
    allowed = csp_update({"style-src": ["'self'", "'unsafe-hashes'", *_STYLES]})
    # The library's types know only views without arguments.
    return cast("View[P]", cast("Any", allowed)(view))
