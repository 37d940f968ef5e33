"""Values made from others: "{street} {house_number}", a map from one spelling to another, or just a value."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firstline.definitions import Part

_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class CantFill(ValueError):
    """A value can't be made; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How a value is made: from `text` with its places filled, through `spellings` where there are any."""

    text: object
    spellings: Mapping[str, str] | None = None

    @property
    def names(self) -> frozenset[str]:
        return names_in(self.text)


def names_in(content: object) -> frozenset[str]:
    """List the names that the places of `content`, a text or lists and mappings of texts, ask for."""
    return frozenset(name for text in _texts(content) for name in _PLACE.findall(text))


def _texts(content: object) -> Iterable[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for item in content.values():
            yield from _texts(item)
    elif isinstance(content, list):
        for item in content:
            yield from _texts(item)


def parse_template(part: Part, key: str, names: frozenset[str]) -> Template:
    """Read a template; `names` are those that it may use."""
    content = part.raw(key)
    spellings = None
    if isinstance(content, dict):
        inner = part.part(key)
        spellings = _spellings(inner)
        content = "{" + inner.text("from") + "}"
        inner.end()
    check_places(part, key, content, names)
    return Template(text=content, spellings=spellings)


def check_places(part: Part, key: str, content: object, names: frozenset[str]) -> None:
    """Note every place of `content` that asks for none of `names`."""
    for name in sorted(names_in(content) - names):
        known = ", ".join(f"{{{one}}}" for one in sorted(names))
        part.problem(key, "unknown-name", f"'{{{name}}}' is unknown here; known are {known}.")


def _spellings(part: Part) -> dict[str, str]:
    value = part.raw("map")
    if not isinstance(value, dict) or not all(isinstance(word, str) for pair in value.items() for word in pair):
        part.problem("map", "no-map", "'map' must lead from texts to texts; put words such as NO or ON in quotes.")
        return {}
    return value


def fill(template: Template, values: Mapping[str, object]) -> object:
    """Make the value; the type survives where the template is one place and nothing else.

    Raises: CantFill.
    """
    made = fill_content(template.text, values)
    if template.spellings is None or made is None:
        return made
    if str(made) not in template.spellings:
        raise CantFill(f"'{made}' has no spelling there; possible are {', '.join(template.spellings)}.")
    return template.spellings[str(made)]


def fill_content(content: object, values: Mapping[str, object]) -> object:
    """Fill the places in a text, or in all texts of lists and mappings.

    >>> fill_content({"line": "{street} {number}"}, {"street": "Ring", "number": 5})
    {'line': 'Ring 5'}
    """
    if isinstance(content, Mapping):
        return {key: fill_content(item, values) for key, item in content.items()}
    if isinstance(content, list):
        return [fill_content(item, values) for item in content]
    if not isinstance(content, str):
        return content
    whole = _PLACE.fullmatch(content)
    if whole:
        return values.get(whole[1])
    return _PLACE.sub(lambda place: _as_text(values.get(place[1])), content).strip()


def _as_text(value: object) -> str:
    return "" if value is None else str(value)
