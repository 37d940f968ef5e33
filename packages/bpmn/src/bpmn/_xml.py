"""From bytes of a stranger to a tree: no entities, no network, bounded size and depth."""

from lxml import etree

from bpmn.errors import ModelProblems, Problem

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"

MAX_BYTES = 10_000_000
MAX_DEPTH = 100


def parse(xml: bytes) -> etree._Element:
    """Read the root element.

    Raises: ModelProblems when it isn't XML, is too big or too deep, declares a document type, or isn't BPMN.
    """
    if len(xml) > MAX_BYTES:
        raise _refused("too_large", f"The model has {len(xml):,} bytes; at most {MAX_BYTES:,} are read.")
    # A declared document type can carry entities and addresses; BPMN never needs one.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _refused("not_xml", f"The model isn't well-formed XML: {error}.") from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs lack it
        raise _refused("document_type", "The model declares a document type (DOCTYPE); remove it.")
    _check_depth(root)
    if root.tag != BPMN + "definitions":
        raise _refused("not_bpmn", "The root element isn't 'definitions' of BPMN 2.0.")
    return root


def local_name(element: etree._Element) -> str:
    """Say the tag without its namespace."""
    return etree.QName(element).localname


def _check_depth(root: etree._Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise _refused("too_deep", f"The model nests elements deeper than {MAX_DEPTH} levels.")


def _refused(code: str, message: str) -> ModelProblems:
    return ModelProblems((Problem(code, "", message),))
