"""Generated patterns find what a naive matcher finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

import feel

from . import oracle_patterns as oracle

SIGNS = st.sampled_from("aabbA.1").map(oracle.Sign)
ANCHORS = st.sampled_from("^$").map(oracle.Sign)
SETS = st.builds(oracle.Chosen, st.sampled_from(["a", "ab", "B1", "b\n"]), st.booleans())
CONSUMING = SIGNS | SETS
REPEATED = st.builds(
    lambda inner, least, more, reluctant: oracle.Repeated(inner, least, least + more, reluctant),
    # Engines differ in how often they repeat what is empty; so does the standard not say.
    CONSUMING,
    st.integers(0, 2),
    st.integers(0, 2),
    st.booleans(),
)
LEAVES = SIGNS | SETS | REPEATED | ANCHORS | st.builds(oracle.Back, st.integers(0, 3))


def _larger(trees):
    several = st.lists(trees, min_size=1, max_size=4).map(tuple)
    return (
        st.builds(oracle.Sequence, several)
        | st.builds(oracle.Choice, several)
        | st.builds(oracle.Group, trees, st.booleans())
    )


TREES = st.recursive(LEAVES, _larger, max_leaves=8)
TEXTS = st.text(alphabet="aabbAB1\n\r", max_size=8)


@settings(deadline=None, max_examples=300)
@given(TREES, TEXTS, st.sampled_from(["", "i", "m", "s", "ims"]))
def test_matches_are_those_of_the_naive_matcher(tree: oracle.Tree, text: str, flags: str) -> None:
    writer = oracle.Writer()
    pattern = writer.write(tree)
    scope = {"t": text, "p": pattern, "f": flags}
    found = oracle.Matcher(writer, text, flags).first(tree, 0)
    assert feel.evaluate("matches(t, p, f)", scope).value is (found is not None)
    assert feel.evaluate('replace(t, p, "<$0>", f)', scope).value == oracle.replaced(tree, writer, text, flags)
