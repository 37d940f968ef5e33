"""Where Firstline lives on a machine: its home folder, its PostgreSQL, its processes. No Django in here."""
