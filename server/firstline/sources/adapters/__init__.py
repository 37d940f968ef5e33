"""Connectors to the outside, one module each, and what they share."""
