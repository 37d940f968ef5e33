"""Writes about who somebody is and for whom they speak, each one transaction."""

from firstline.identity.actions.authority import (
    NewAuthority,
    WrongAuthority,
    note_authority,
    prove_authority,
    revoke_authority,
    set_party,
)
from firstline.identity.actions.codes import NoCode, TooManyCodes, check_code, note_code_sent, send_code
from firstline.identity.actions.questions import QuestionGone, answer_question
from firstline.identity.actions.trying import Asking, LockedOut, Outcome, lift_lock
from firstline.identity.actions.ways import NotThisWay, note_judgement, note_shown

__all__ = [
    "Asking",
    "LockedOut",
    "NewAuthority",
    "NoCode",
    "NotThisWay",
    "Outcome",
    "QuestionGone",
    "TooManyCodes",
    "WrongAuthority",
    "answer_question",
    "check_code",
    "lift_lock",
    "note_authority",
    "note_code_sent",
    "note_judgement",
    "note_shown",
    "prove_authority",
    "revoke_authority",
    "send_code",
    "set_party",
]
