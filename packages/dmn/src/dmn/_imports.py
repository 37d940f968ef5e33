"""Models and the models that they import (DMN 1.5, clause 6.3.3)."""

# A function that notes a problem gives None, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dmn import _xml
from dmn._xml import Element
from dmn.errors import DmnProblems, Problem

MAX_MODELS = 100

Sources = Mapping[str, bytes] | Callable[[str], bytes | None]
"""The models that may be imported: namespace to XML; a function answers None for one that it hasn't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """One model as it was read; `imports` are those that it imports, each after the name that it gives them.

    Those with an empty name are known as if their elements stood in this model. `unread` are the namespaces of those
    that couldn't be read.
    """

    root: Element
    namespace: str
    imports: tuple[tuple[str, "Definitions"], ...]
    unread: frozenset[str]

    def prefixed(self, namespace: str) -> str | None:
        """Give the name under which a namespace's elements are known here; None when it isn't imported."""
        if namespace == self.namespace:
            return ""
        return next((name for name, model in self.imports if model.namespace == namespace), None)


@dataclass(slots=True)
class _Loading:
    sources: Sources
    problems: list[Problem]
    warnings: list[Problem]
    read: dict[str, Definitions] = field(default_factory=dict)


def read_models(
    xml: bytes, sources: Sources, problems: list[Problem], warnings: list[Problem]
) -> tuple[Definitions, list[Definitions]]:
    """Read a model and all that it imports, directly or through others: the model, and all in order of dependency.

    Raises: DmnProblems when the model itself can't be read; what is wrong with an imported one is noted.
    """
    loading = _Loading(sources, problems, warnings)
    root = _xml.read(xml)
    model = _read(root, loading, (root.get("namespace", ""),))
    return model, [*loading.read.values(), model]


def _read(root: Element, loading: _Loading, path: tuple[str, ...]) -> Definitions:
    imports: list[tuple[str, Definitions]] = []
    unread: set[str] = set()
    for element in _xml.children(root, "import"):
        if not _is_dmn(element):
            message = f"Only DMN models are imported, not {element.get('importType') or 'what has no type'}"
            loading.warnings.append(Problem("import_type", _xml.identity(element), message))
            continue
        name = (element.get("name") or "").strip()
        if name and any(name == other for other, _ in imports):
            _problem(loading, "duplicate", element, f"There are two imports of the name “{name}”")
        imported = _imported(element, loading, path)
        if imported is None:
            unread.add(element.get("namespace", ""))
        else:
            imports.append((name, imported))
    return Definitions(root=root, namespace=root.get("namespace", ""), imports=tuple(imports), unread=frozenset(unread))


def _is_dmn(element: Element) -> bool:
    return "omg.org/spec/DMN/" in (element.get("importType") or "")


def _imported(element: Element, loading: _Loading, path: tuple[str, ...]) -> Definitions | None:
    namespace = element.get("namespace", "")
    if namespace in path:
        return _problem(loading, "import_cycle", element, f"The models import each other in a circle: {namespace}")
    if namespace in loading.read:
        return loading.read[namespace]
    if len(loading.read) + len(path) > MAX_MODELS:
        return _problem(loading, "too_large", element, f"More than {MAX_MODELS} models are imported")
    xml = loading.sources(namespace) if callable(loading.sources) else loading.sources.get(namespace)
    if xml is None:
        return _problem(
            loading,
            "missing_import",
            element,
            f"The model {namespace} isn't there to be imported; hand it over in “imports”",
        )
    try:
        root = _xml.read(xml)
    except DmnProblems as error:
        loading.problems.extend(error.problems)
        return None
    if root.get("namespace", "") != namespace:
        found = root.get("namespace", "")
        return _problem(loading, "import_namespace", element, f"The imported model has the namespace {found}")
    model = _read(root, loading, (*path, namespace))
    loading.read[namespace] = model
    return model


def _problem(loading: _Loading, code: str, element: Element, message: str) -> None:
    loading.problems.append(Problem(code, _xml.identity(element), message))
