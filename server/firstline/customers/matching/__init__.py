"""Who is the same person or organisation: comparisons, weights learned without examples, and a score that explains itself.

Pure: no Django, no database, no clock. The model is that of Fellegi and Sunter (A Theory for Record Linkage, 1969) with three
explanations for a pair instead of two (the same one, somebody of the same household, strangers), its weights learned by
expectation maximisation.
"""

from firstline.customers.matching.blocking import blocked_pairs, blocking_keys
from firstline.customers.matching.desk import CERTAIN, Caller, Guess, guess
from firstline.customers.matching.frequencies import Frequencies, count_values
from firstline.customers.matching.learning import learn, share_of_duplicates
from firstline.customers.matching.model import Assessment, Evidence, Model, assess, probability
from firstline.customers.matching.profiles import Profile, profile
from firstline.customers.matching.shipped import shipped_model

__all__ = [
    "CERTAIN",
    "Assessment",
    "Caller",
    "Evidence",
    "Frequencies",
    "Guess",
    "Model",
    "Profile",
    "assess",
    "blocked_pairs",
    "blocking_keys",
    "count_values",
    "guess",
    "learn",
    "probability",
    "profile",
    "share_of_duplicates",
    "shipped_model",
]
