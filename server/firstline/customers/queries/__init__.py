"""Reads about customers."""

from firstline.customers.queries.customers import (
    CustomerCard,
    cards,
    customer_card,
    identifier_rows,
    identifiers_of,
    identifiers_of_each,
    list_customers,
    recognise,
    search_customers,
)
from firstline.customers.queries.recognition import Recognised, Said, recognise_by_description
from firstline.customers.queries.survivors import same_as, survivors_of

__all__ = [
    "CustomerCard",
    "Recognised",
    "Said",
    "cards",
    "customer_card",
    "identifier_rows",
    "identifiers_of",
    "identifiers_of_each",
    "list_customers",
    "recognise",
    "recognise_by_description",
    "same_as",
    "search_customers",
    "survivors_of",
]
