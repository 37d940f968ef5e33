"""XML to elements, whatever its sender had in mind: no entities, no network, bounded size and depth."""

from collections.abc import Iterator

from lxml import etree

from dmn.errors import DmnProblems, Problem

Element = etree._Element  # noqa: SLF001 - lxml has no public name for it
MAX_BYTES = 5_000_000
MAX_DEPTH = 100
NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
    "https://www.omg.org/spec/DMN/20240513/MODEL/": "1.6",
}


def read(xml: bytes) -> Element:
    """Read a model's root element. Raises: DmnProblems when it isn't DMN, or not safe to read."""
    if len(xml) > MAX_BYTES:
        raise _refused("too_large", f"The model is larger than {MAX_BYTES} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        # Who hands over a path sees that it was read as XML.
        advice = "" if "<" in repr(xml[:1_000]) else "; hand over what is in the file, as bytes"
        raise _refused("xml", f"This isn't well-formed XML: {error}{advice}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused("doctype", "A document type isn't allowed in a model")
    if _depth(root) > MAX_DEPTH:
        raise _refused("too_deep", f"Elements are nested deeper than {MAX_DEPTH} levels")
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        found = f"<{name.localname}> of {name.namespace or 'no namespace'}"
        raise _refused("not_dmn", f"The root element must be <definitions> of DMN 1.1 to 1.6; it is {found}")
    return root


def _refused(code: str, message: str) -> DmnProblems:
    return DmnProblems((Problem(code, "definitions", message),))


def _depth(root: Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def kind(element: Element) -> str:
    """Tell an element's name without its namespace; foreign elements get an empty one."""
    namespace, _, name = str(element.tag).removeprefix("{").rpartition("}")
    return name if namespace in NAMESPACES else ""


def children(element: Element, *kinds: str) -> Iterator[Element]:
    """Give the child elements of these kinds, in order."""
    return (child for child in element if isinstance(child.tag, str) and kind(child) in kinds)


def child(element: Element, *kinds: str) -> Element | None:
    """Give the first child element of these kinds."""
    return next(children(element, *kinds), None)


def text_of(element: Element | None) -> str:
    """Give the content of the <text> child, without the spaces around it."""
    return content(None if element is None else child(element, "text"))


def content(element: Element | None) -> str:
    """Give the text inside an element, without the spaces around it."""
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def identity(element: Element) -> str:
    """Name an element for its author: its id, else that of the nearest element around it."""
    for candidate in (element, *element.iterancestors()):
        identifier = candidate.get("id") or candidate.get("name")
        if identifier:
            return identifier
    return kind(element)
