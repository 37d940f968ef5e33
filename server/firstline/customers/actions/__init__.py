"""Writes about customers."""

from firstline.customers.actions.changing import LivesOn, change_customer, locked_customer
from firstline.customers.actions.customers import (
    NamelessCustomer,
    NewAddress,
    NewIdentifier,
    add_identifier,
    create_customer,
    next_customer_number,
    note_what_finds,
    refresh_search_text,
)
from firstline.customers.actions.duplicates import count_customers, find_duplicates, note_duplicates_of
from firstline.customers.actions.importing import (
    CannotImport,
    Problem,
    Progress,
    import_customers,
    problems_of,
    try_import,
)
from firstline.customers.actions.merging import CannotMerge, ReasonMissing, keep_apart, merge_customers, undo_merge
from firstline.customers.actions.verifying import EvidenceMissing, doubt_identifier, verify_identifier

__all__ = [
    "CannotImport",
    "CannotMerge",
    "EvidenceMissing",
    "LivesOn",
    "NamelessCustomer",
    "NewAddress",
    "NewIdentifier",
    "Problem",
    "Progress",
    "ReasonMissing",
    "add_identifier",
    "change_customer",
    "count_customers",
    "create_customer",
    "doubt_identifier",
    "find_duplicates",
    "import_customers",
    "keep_apart",
    "locked_customer",
    "merge_customers",
    "next_customer_number",
    "note_duplicates_of",
    "note_what_finds",
    "problems_of",
    "refresh_search_text",
    "try_import",
    "undo_merge",
    "verify_identifier",
]
