"""The weights that come with the product, learned from made-up customers; an installation may learn its own."""

import json
from functools import cache
from importlib import resources

from firstline.customers.matching.model import Model


@cache
def shipped_model() -> Model:
    """Read the weights that `python benchmarks/match --learn` wrote."""
    return Model.from_json(
        json.loads(resources.files(__package__).joinpath("weights.json").read_text(encoding="utf-8"))
    )
