"""SOAP services, by their WSDL. How to: docs/connectors/soap.md. Needs `pip install 'firstline[soap]'`.

The library makes envelopes and reads answers; what goes over the wire goes through our own client, with its bounds.
"""
