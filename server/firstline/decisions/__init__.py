"""Deployed decision models, and the trace of every decision made with them."""
