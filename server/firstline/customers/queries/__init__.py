"""Reads about customers."""

from firstline.customers.queries.customers import (
    CustomerCard,
    cards,
    cards_by_id,
    customer_card,
    identifier_rows,
    identifiers_of,
    identifiers_of_each,
    list_customers,
    recognise,
    search_customers,
)
from firstline.customers.queries.importing import first_problems, imports
from firstline.customers.queries.recognition import Recognised, Said, recognise_by_description
from firstline.customers.queries.relations import household_of, relations_of
from firstline.customers.queries.survivors import same_as, survivors_of
from firstline.customers.queries.wishes import (
    consent_history,
    consents_of,
    in_words,
    need_keys_of,
    purposes_defined,
    purposes_of,
    why_not,
)

__all__ = [
    "CustomerCard",
    "Recognised",
    "Said",
    "cards",
    "cards_by_id",
    "consent_history",
    "consents_of",
    "customer_card",
    "first_problems",
    "household_of",
    "identifier_rows",
    "identifiers_of",
    "identifiers_of_each",
    "imports",
    "in_words",
    "list_customers",
    "need_keys_of",
    "purposes_defined",
    "purposes_of",
    "recognise",
    "recognise_by_description",
    "relations_of",
    "same_as",
    "search_customers",
    "survivors_of",
    "why_not",
]
