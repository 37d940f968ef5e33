"""From bytes of a stranger to the tree that is compiled: no entities, no network, bounded size and depth."""

from lxml import etree

from bpmn import _limits

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


def parse(xml: bytes) -> etree._Element:
    """Read the root element.

    Raises: ModelProblems when it isn't XML, is beyond the bounds of `_limits`, declares a document type, or isn't BPMN.
    """
    _limits.check(xml)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise _limits.refused("not_xml", f"The model isn't well-formed XML: {error}.") from error
    if root.tag != BPMN + "definitions":
        raise _limits.refused("not_bpmn", "The root element isn't 'definitions' of BPMN 2.0.")
    return root


def local_name(element: etree._Element) -> str:
    """Say the tag without its namespace."""
    return etree.QName(element).localname
