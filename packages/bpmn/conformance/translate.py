"""From the suite's files to what the engine takes: its condition language becomes FEEL, its scripts become jobs.

Nothing else is changed. What the files themselves get wrong is listed in `errata.json`.
"""

import re

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
_CONDITIONS = (
    "conditionExpression",
    "condition",
    "loopCondition",
    "loopCardinality",
    "completionCondition",
    "activationCondition",
)
_CONTAINS = re.compile(r'(!?)\s*(\w+)\.contains\(("[^"]*")\)')


def translate(xml: bytes) -> bytes:
    """Turn a file of the suite into one that the engine compiles."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    for tag in _CONDITIONS:
        for element in root.iter(BPMN + tag):
            if element.text and element.text.strip():
                element.text = to_feel(element.text)
    for task in root.iter(BPMN + "scriptTask", BPMN + "globalScriptTask"):
        _make_job(task)
    return etree.tostring(root)


def to_feel(text: str) -> str:
    """Turn an expression of the suite into FEEL.

    >>> to_feel('!test.contains("a") && ${integerVariable} == 3')
    'not(contains(test, "a")) and integerVariable = 3'
    """
    text = re.sub(r"\$\{\s*(.*?)\s*\}", r"\1", text.strip())
    # One file ends a condition with a stray ">".
    text = re.sub(r"\)\s*>$", ")", text)
    text = _CONTAINS.sub(_contains, text)
    for theirs, ours in (("&&", " and "), ("||", " or "), ("==", "=")):
        text = re.sub(rf"\s*{re.escape(theirs)}\s*", f" {ours.strip()} ", text)
    return text


def _contains(match: re.Match[str]) -> str:
    found = f"contains({match[2]}, {match[3]})"
    return f"not({found})" if match[1] else found


def _make_job(task: etree._Element) -> None:
    """Let a worker do a script: it knows the suite's markers."""
    script = (task.findtext(BPMN + "script") or "").strip()
    extensions = task.find(BPMN + "extensionElements")
    if extensions is None:
        extensions = etree.Element(BPMN + "extensionElements")
        task.insert(0, extensions)
    etree.SubElement(extensions, ZEEBE + "taskDefinition", type="script")
    headers = etree.SubElement(extensions, ZEEBE + "taskHeaders")
    etree.SubElement(headers, ZEEBE + "header", key="script", value=script)
