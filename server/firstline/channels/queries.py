"""What every channel asks."""

from collections.abc import Iterable

from firstline.accounts.models import Brand


def brand_for(*, addresses: Iterable[str] = (), key: str = "") -> Brand | None:
    """Find the brand that was addressed: by its key, by its sender address, or else the oldest; None before set-up."""
    brands = list(Brand.objects.order_by("created_at"))
    by_key = next((brand for brand in brands if key and brand.key == key), None)
    if by_key is not None:
        return by_key
    wanted = {without_plus(address) for address in addresses}
    addressed = (brand for brand in brands if brand.sender_address and without_plus(brand.sender_address) in wanted)
    return next(addressed, brands[0] if brands else None)


def without_plus(address: str) -> str:
    """Write an address the way it can be compared: lower case, without what stands behind a plus."""
    local, _at, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
