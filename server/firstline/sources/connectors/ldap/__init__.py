"""Directories that speak LDAP version 3. How to: docs/connectors/ldap.md.

Source: RFC 4511 (protocol), RFC 4515 (filters), RFC 4528 (assertion control). Needs `pip install 'firstline[ldap]'`.
"""
