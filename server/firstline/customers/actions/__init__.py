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
from firstline.customers.actions.duplicates import (
    count_customers,
    find_duplicates,
    note_duplicates_of,
)
from firstline.customers.actions.importing import (
    Progress,
    do_next,
    import_customers,
    problems_of,
    share_done,
    try_import,
)
from firstline.customers.actions.merging import CannotMerge, ReasonMissing, keep_apart, merge_customers, undo_merge
from firstline.customers.actions.relating import (
    CannotRelate,
    Ends,
    end_relation,
    live_together,
    move_out,
    relate,
    take_relation_back,
)
from firstline.customers.actions.uploading import (
    MAX_UPLOAD,
    NotNow,
    choose_mapping,
    start_check,
    start_import,
    stop_import,
    upload,
)
from firstline.customers.actions.verifying import EvidenceMissing, doubt_identifier, verify_identifier
from firstline.customers.actions.wishes import (
    NoSuchWish,
    Preferences,
    change_preferences,
    note_consent,
    object_to_all,
)

__all__ = [
    "MAX_UPLOAD",
    "CannotMerge",
    "CannotRelate",
    "Ends",
    "EvidenceMissing",
    "LivesOn",
    "NamelessCustomer",
    "NewAddress",
    "NewIdentifier",
    "NoSuchWish",
    "NotNow",
    "Preferences",
    "Progress",
    "ReasonMissing",
    "add_identifier",
    "change_customer",
    "change_preferences",
    "choose_mapping",
    "count_customers",
    "create_customer",
    "do_next",
    "doubt_identifier",
    "end_relation",
    "find_duplicates",
    "import_customers",
    "keep_apart",
    "live_together",
    "locked_customer",
    "merge_customers",
    "move_out",
    "next_customer_number",
    "note_consent",
    "note_duplicates_of",
    "note_what_finds",
    "object_to_all",
    "problems_of",
    "refresh_search_text",
    "relate",
    "share_done",
    "start_check",
    "start_import",
    "stop_import",
    "take_relation_back",
    "try_import",
    "undo_merge",
    "upload",
    "verify_identifier",
]
