from collections.abc import Iterator
from pathlib import Path

import pytest

from firstline.accounts.models import Brand, User


@pytest.fixture(autouse=True)
def _files(settings, tmp_path: Path) -> None:
    settings.FIRSTLINE_FILES = tmp_path / "files"


@pytest.fixture
def brand(db) -> Brand:
    return Brand.objects.create(
        key="water",
        names={"en": "Waterworks"},
        languages=["en", "de", "nl"],
        country="DE",
        sender_name="Waterworks",
        sender_address="service@cpm.test",
    )


@pytest.fixture
def agent(db) -> Iterator[User]:
    return User.objects.create(email="ann@cpm.test", name="Ann", extension="21", roles=["agent"])
