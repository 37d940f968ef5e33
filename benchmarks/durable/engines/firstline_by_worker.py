"""Ours, with the two jobs of each complaint done by the worker, in transactions of their own after the request's.

`firstline_by_worker.py URL CALLERS INSTANCES ROUNDS`
"""

import os

# For this process and those that it starts, before the house is entered.
os.environ["JOBS_BY_WORKER"] = "1"

from firstline_complaint import complaints, main

if __name__ == "__main__":
    main(", jobs by the worker", complaints)
