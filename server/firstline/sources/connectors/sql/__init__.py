"""SQL databases: PostgreSQL, MariaDB and MySQL, SQLite, and others by their driver. How to: docs/connectors/sql.md.

`systems` says which module knows which system; what they have in common is in `connector`.
"""
