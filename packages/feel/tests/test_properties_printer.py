"""What is printed reads as it was: by construct, and for every expression of the standard's own test suite."""

import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import feel
from feel import _nodes as n
from feel import _parser, _printer

SUITE = Path(os.environ.get("FIRSTLINE_DATA", Path(__file__).parents[4] / "shared" / "data")) / "dmn-tck"
CELLS = {"inputEntry", "inputValues", "outputValues", "allowedValues", "typeConstraint"}

EXPRESSIONS = [
    ("((1+2)*3)", "(1 + 2) * 3"),
    ("1+(2*3)", "1 + 2 * 3"),
    ("10-(2-3)-4", "10 - (2 - 3) - 4"),
    ("2**(3**2)", "2 ** (3 ** 2)"),
    ("-(-x)", "--x"),
    ("-(a+b)", "-(a + b)"),
    ("(a or b)and(c and d)", "(a or b) and (c and d)"),
    ("a and b or c", "a and b or c"),
    ("(x instance of number)=true", "(x instance of number) = true"),
    ("x instance of function<number,list<string>>->Any", "x instance of function<number, list<string>> -> Any"),
    ("x instance of context<a:number,b c:string>", "x instance of context<a: number, b c: string>"),
    ("x in <5", "x in (< 5)"),
    ("x in (1)", "x in 1"),
    ("x in ((<5))", "x in ((< 5))"),
    ("x in(1,<2,(3..4])", "x in (1, < 2, (3..4])"),
    ("]1..5[", "(1..5)"),
    ("[1..(a[1])]", "[1..(a[1])]"),
    ("(=5)", "(= 5)"),
    ("x in ((=5))", "x in ((= 5))"),
    ("for i in[1..3]return i", "for i in 1..3 return i"),
    ("for i in (1..3) return i", "for i in (1..3) return i"),
    ("some a b in xs,c in a b satisfies c>1", "some a b in xs, c in a b satisfies c > 1"),
    ("(if a then b else c)+1", "(if a then b else c) + 1"),
    (
        "if (if a then b else c) then d else if e then f else g",
        "if (if a then b else c) then d else if e then f else g",
    ),
    ("(function(a,b:number)a+b)(1,2)", "(function(a, b: number) a + b)(1, 2)"),
    ("f(b:1,a:2)", "f(b: 1, a: 2)"),
    ('{"a":1,"b c":2,"1 d":3,"":4}', '{a: 1, b c: 2, "1 d": 3, "": 4}'),
    ("people[age>30][1].full   name", "people[age > 30][1].full name"),
    ('"a\\"\\n\\\\"', '"a\\"\\n\\\\"'),
    ("1.50+.5+1e3", "1.50 + 0.5 + 1E+3"),
    ("function(a)external{java:{class:x}}", "function(a) external {java: {class: x}}"),
    ("1 // one", "1"),
]


@pytest.mark.parametrize(("text", "formatted"), EXPRESSIONS)
def test_expression_is_written_in_one_way(text: str, formatted: str) -> None:
    assert feel.format_expression(text) == formatted
    assert feel.format_expression(formatted) == formatted


CELL_TEXTS = [
    ("-", "-"),
    ("not( <5,[ 10 .. 20 [ )", "not(< 5, [10..20))"),
    ("(not(a))", "(not(a))"),
    ("not(a)and b", "not(a) and b"),
    ("?>5,null", "? > 5, null"),
    ("(<5)", "(< 5)"),
]


@pytest.mark.parametrize(("text", "formatted"), CELL_TEXTS)
def test_cell_is_written_in_one_way(text: str, formatted: str) -> None:
    assert feel.format_unary_tests(text) == formatted


def test_brackets_keep_names_apart_where_they_would_be_another() -> None:
    assert feel.format_expression("(a)-(b)", names=["a", "b"]) == "a - b"
    assert feel.format_expression("(a)-(b)", names=["a", "b", "a-b"]) == "(a) - b"
    assert feel.format_expression("a-b", names=["a", "b", "a-b"]) == "a-b"


def test_a_mistake_is_a_mistake_here_too() -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.format_expression("1 +")
    with pytest.raises(feel.FeelSyntaxError):
        feel.format_expression("a" + ".b" * 5_000)


def _texts(path: Path) -> tuple[frozenset[str], list[tuple[str, bool]]]:
    """Give the names of a model that aren't plain words, and its FEEL texts with whether they are cells."""
    root = ET.parse(path).getroot()
    names = frozenset(name for element in root.iter() if not (name := element.get("name", "_")).isidentifier())
    texts = [
        ("".join(text.itertext()).strip(), parent.tag.partition("}")[2] in CELLS)
        for parent in root.iter()
        for text in parent
        if text.tag.endswith("}text")
    ]
    return names, texts


def _read(text: str, names: frozenset[str], *, cell: bool) -> n.Node | None:
    parse = _parser.parse_unary_tests if cell else _parser.parse_expression
    try:
        return parse(text, names, _printer.SPACED_BUILTINS)
    except feel.FeelSyntaxError:
        return None


@pytest.mark.data
@pytest.mark.skipif(not SUITE.is_dir(), reason=f"There is no copy of the DMN TCK in {SUITE}: set FIRSTLINE_DATA")
def test_every_expression_of_the_suite_reads_as_it_was() -> None:
    changed, count = [], 0
    for path in SUITE.rglob("*.dmn"):
        names, texts = _texts(path)
        for text, cell in texts:
            node = _read(text, names, cell=cell)
            if node is not None:
                count += 1
                again = _read(_printer.text_of(node, names), names, cell=cell)
                changed += [text] * (_printer.shape(again) != _printer.shape(node))
    assert count > 1_000
    assert changed == []
