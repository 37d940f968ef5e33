"""APIs that speak JSON over HTTP: views use GET, commands PUT, POST, PATCH or DELETE. How to: docs/connectors/rest.md."""
