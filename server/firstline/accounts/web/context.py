"""What every page may ask about the person before it."""

from django.http import HttpRequest

from firstline.accounts.principals import principal_of


def principal(request: HttpRequest) -> dict[str, object]:
    return {"principal": principal_of(request)}
