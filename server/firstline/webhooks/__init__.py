"""Telling other programs what happens: events to addresses that administrators enter, signed, in order per case, tried for days."""
