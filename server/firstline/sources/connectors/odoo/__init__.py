"""Odoo, over its JSON-RPC (`/jsonrpc`, as in its documentation of the external API). How to: docs/connectors/odoo.md.

Tested against answers in the documented form; no Odoo can be installed here.
"""
