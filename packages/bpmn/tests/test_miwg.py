"""The reference models of the BPMN Model Interchange Working Group: what can't run is told, and the page says so."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def miwg():
    file = PACKAGE / "scripts" / "document_miwg.py"
    specification = importlib.util.spec_from_file_location("document_miwg", file)
    module = sys.modules["document_miwg"] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    yield module
    del sys.modules["document_miwg"]


@pytest.fixture(scope="module")
def results(miwg):
    if not miwg.MODELS.exists():
        pytest.skip(f"there are no models in {miwg.MODELS}; set FIRSTLINE_DATA")
    return miwg.results()


@pytest.mark.data
def test_every_refusal_names_code_element_and_sentence(results):
    assert len(results) == 21
    for one in results:
        for problem in (*one.problems, *one.problems_executable):
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", problem.code)
            assert problem.element_id or problem.code == "no_process"
            assert re.fullmatch(r"[A-Z].*\.", problem.message, re.DOTALL)
            assert problem.element_id in problem.message


@pytest.mark.data
def test_models_that_only_lack_a_mark_compile_with_it(results):
    compiled = {one.name for one in results if not one.problems_executable}
    assert {"A.1.0", "A.4.0", "A.4.1", "C.9.0", "C.9.1", "C.9.2"} <= compiled
    assert not any(problem.code.startswith("un") for one in results for problem in one.problems_executable)


@pytest.mark.data
def test_the_page_says_what_is_so(miwg, results):
    renew = "run python packages/bpmn/scripts/document_miwg.py"
    assert miwg.PAGE.read_text(encoding="utf-8") == miwg.page(results), renew
