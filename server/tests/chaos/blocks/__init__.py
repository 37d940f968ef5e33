"""What the processes are made of: each block adds its elements to a draft, and says what must happen there."""

from collections.abc import Callable, Mapping

from tests.chaos.blocks import batches, calls, decisions, events, jobs, migrations, operators, repeating, starts, writes
from tests.chaos.draft import Draft, Ends

Block = Callable[[Draft], Ends]

BLOCKS: Mapping[str, Block] = {
    "job": jobs.job,
    "in step": jobs.in_step,
    "in step in vain": jobs.in_step_in_vain,
    "refused": jobs.refused,
    "broken": jobs.broken,
    "outside": jobs.outside,
    "outside late": jobs.outside_late,
    "outside refused": jobs.outside_refused,
    "outside broken": jobs.outside_broken,
    "task": events.task,
    "pause": events.pause,
    "reminders": events.reminders,
    "message": events.message,
    "message or never": events.message_or_never,
    "in time": events.in_time,
    "changed": events.changed,
    "beside": events.beside,
    "called": calls.called,
    "called in vain": calls.called_in_vain,
    "called and warned": calls.called_and_warned,
    "called too long": calls.called_too_long,
    "signalled": calls.signalled,
    "each": repeating.each_at_once,
    "one by one": repeating.one_by_one,
    "rounds": repeating.rounds,
    "undone": repeating.undone,
    "suspended": operators.suspended,
    "suspended with called": operators.suspended_with_called,
    "moved": operators.moved,
    "taken out": operators.taken_out,
    "stepped back": operators.stepped_back,
    "cancelled": operators.cancelled,
    "poisoned": batches.poisoned,
    "tried together": batches.tried_together,
    "migrated": migrations.migrated,
    "migrated and back": migrations.migrated_and_back,
    "decided": decisions.decided,
    "by message": starts.by_message,
    "by thrown message": starts.by_thrown_message,
    "by signal": starts.by_signal,
    "by broadcast": starts.by_broadcast,
    "by time": starts.by_time,
    "written": writes.written,
    "changed meanwhile": writes.changed_meanwhile,
    "taken back": writes.taken_back,
    "put right": writes.put_right,
}
# Those that write to four systems.
WRITING = ("written", "changed meanwhile", "taken back", "put right")
