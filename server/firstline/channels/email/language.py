"""Which of a brand's languages a text is written in."""

from collections.abc import Sequence
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

ENOUGH_LETTERS = 25
SURE = 0.9
MAX_CHARS = 4_000


def detect(text: str, *, among: Sequence[str]) -> str:
    """Name the language, or nothing when the text is too short or too mixed to tell."""
    text = text[:MAX_CHARS]
    if len(among) < 2 or sum(character.isalpha() for character in text) < ENOUGH_LETTERS:
        return ""
    found, probability = _identifier(tuple(sorted(among))).classify(text)
    return str(found) if probability >= SURE else ""


@lru_cache(maxsize=8)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([language for language in languages if language in identifier.labels])
    return identifier
