"""Tryton, over its JSON-RPC. How to: docs/connectors/tryton.md; tried against Tryton 8.2 with `make erp`.

Source: the protocol as trytond serves it (trytond/protocols/jsonrpc.py, dispatcher.py) and its documentation of wizards.
"""
