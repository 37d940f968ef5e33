"""Four systems that a process writes to: PostgreSQL and SQLite that keep our keys, an API that does, and one that knows only versions.

Each keeps a ledger of what was written and by whom, in the very transaction of the write.
"""

SYSTEMS = ("billing", "payments", "crm", "erp")
