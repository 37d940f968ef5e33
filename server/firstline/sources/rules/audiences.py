"""Who may see the values that a command changes: those who see them on a tile too."""

from collections.abc import Callable

from firstline.sources.rules.definitions import Change, Source

MayBeOf = Callable[[frozenset[str]], bool]


def is_shown_to(source: Source, change: Change, may_be_of: MayBeOf) -> bool:
    """Tell whether somebody sees what stands in the place that is changed; `may_be_of` says whether they are of these roles.

    They do when they are of the change's own roles, and a view shows them a field that is read in the same place, if any view has one.
    """
    fields = [
        may_be_of(view.roles) and may_be_of(field.roles)
        for view in source.views.values()
        for field in view.fields
        if field.path == change.path
    ]
    return may_be_of(change.roles) and (not fields or any(fields))


def is_shown_to_all(source: Source, change: Change) -> bool:
    """Tell whether nobody of the staff is kept from what stands in the place that is changed."""
    return is_shown_to(source, change, lambda roles: not roles)
