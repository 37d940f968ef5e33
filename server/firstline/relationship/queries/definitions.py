"""What brands define about their relationships."""

from firstline.customers import queries as customer_queries
from firstline.customers.adapters.brand_files import Defined, brands_with, defined
from firstline.customers.queries.wishes import PURPOSES
from firstline.relationship.definition import Definition, read_definition, unknown_in
from firstline.relationship.queries.deciding import expected_of_decision
from firstline.sources import queries as source_queries

DEFINITION = "relationship.yaml"


def definition_of(brand: str) -> Defined[Definition]:
    """Give what a brand's file defines, or its mistakes; neither where it has none."""
    return defined(brand, DEFINITION, read_definition)


def expected_in_vain(definition: Definition) -> list[str]:
    """Say what a definition expects of views that no system's definition has, and of a decision that gives the stages."""
    return [*unknown_in(definition, source_queries.view_fields()), *expected_of_decision(definition)]


def problems_in_files() -> list[str]:
    """Say every mistake in the files of all brands, and what they expect of the systems in vain."""
    found = [str(one) for brand in brands_with(PURPOSES) for one in customer_queries.purposes_defined(brand).problems]
    for brand in brands_with(DEFINITION):
        read = definition_of(brand)
        found += [str(one) for one in read.problems]
        found += [f"{brand}/{DEFINITION}: {one}" for one in (expected_in_vain(read.value) if read.value else ())]
    return found
