"""OData services: version 4, and version 2 for reading. How to: docs/connectors/odata.md.

Source: OASIS OData 4.01 part 2 (URL conventions) and OData JSON Format 4.01; OData 2.0 (odata.org).
"""
