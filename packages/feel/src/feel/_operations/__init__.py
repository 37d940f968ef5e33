"""What compiled expressions call.

Every operation gets the run and its own position first. It never raises for a value that doesn't fit: it notes a
diagnostic and gives null (DMN 1.5, clause 10.3.2.15).
"""
