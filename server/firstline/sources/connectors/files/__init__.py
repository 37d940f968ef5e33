"""Files that somebody puts into a folder: the newest complete one is what is known. How to: docs/connectors/files.md.

CSV needs nothing more; Excel and Parquet need `pip install 'firstline[files]'`. Files are only read.
"""
