"""Customers for programs: the same reads and writes as on the screens."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Schema
from pydantic import StringConstraints

from firstline import clock
from firstline.accounts.access import access_brand
from firstline.accounts.principals import Principal
from firstline.api.web.fields import Given, Key, Line, Sent, Words
from firstline.api.web.paging import Paged, page, position
from firstline.api.web.preconditions import One, expect
from firstline.api.web.routes import Routes
from firstline.customers import access, actions, queries, rules
from firstline.customers.models import Customer
from firstline.errors import FirstlineError

Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")]
Short = Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00]*$")]
Salutation = Literal["", "ms", "mr"]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Needs = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
KINDS = Literal["email", "phone", "customer_number"]


class BadIdentifier(FirstlineError):
    """An address or number that is none of its kind."""

    code = "bad-identifier"
    status = 422


class Identifier(Schema):
    """Something by which a customer is known."""

    id: UUID
    kind: str
    value: str = Field(description="In the one spelling by which it is compared; phone numbers as E.164.")
    is_verified: bool
    evidence: str


class CustomerOut(Schema):
    id: UUID
    number: str
    brand: str
    kind: Literal["person", "organisation"]
    name: str = Field(description="As it stands on an envelope.")
    salutation: str
    title: str
    given_name: str
    family_name: str
    organisation_name: str
    language: str
    preferred_channel: str
    needs: str = Field(description="What whoever serves this customer must know.")
    street: str
    house_number: str
    extra_line: str
    postcode: str
    town: str
    region: str
    born_on: date | None
    identifiers: list[Identifier]
    merged_into: UUID | None = Field(description="As whom this customer lives on after a merge.")
    created_at: datetime


class Customers(Schema):
    items: list[CustomerOut]
    next: str | None


class CustomerFilter(Paged):
    q: Words = Field("", description="Words of name, number, address or phone; all must be found.")
    brand: Key | Literal[""] = ""


class NewIdentifier(Sent):
    kind: KINDS
    value: Given
    evidence: Line = Field("", description="What shows that it is theirs; with it, it counts as proven.")


class _Described(Sent):
    title: Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")] = ""
    given_name: Name = ""
    family_name: Name = ""
    organisation_name: Line = ""
    salutation: Salutation = ""
    needs: Needs = ""
    street: Line = ""
    house_number: Short = ""
    extra_line: Line = ""
    postcode: Short = ""
    town: Name = ""
    region: Name = ""
    born_on: date | None = None


class NewCustomer(_Described):
    brand: Key | None = Field(None, description="May be left out by a program that works for one brand.")
    kind: Literal["person", "organisation"] = "person"
    language: Language = "en"
    identifiers: list[NewIdentifier] = Field(default_factory=list, max_length=20)


class CustomerChange(_Described):
    """What is left out stays as it is."""

    language: Language = "en"
    preferred_channel: Short = ""


ROUTES = Routes("customers")
_ADDRESS = ("street", "house_number", "extra_line", "postcode", "town", "region")


@ROUTES.lists("/customers", Customers, "List or search customers")
def list_customers(request: HttpRequest, wanted: Query[CustomerFilter]) -> dict[str, Any]:
    """List customers in the order in which they became known. Those who were merged into others are left out."""
    principal = access.access_customers(request)
    where = position(request, wanted.cursor)
    found = queries.list_customers(
        principal=principal,
        text=wanted.q,
        brand=wanted.brand,
        after=UUID(where[0]) if where else None,
        limit=wanted.limit + 1,
    )
    shown = page(request, found, limit=wanted.limit, key=lambda one: [one.id])
    return {**shown, "items": [_told(one) for one in shown["items"]]}


@ROUTES.reads("/customers/{uuid:customer_id}", CustomerOut, "Read a customer")
def read_customer(request: HttpRequest, customer_id: UUID) -> One:
    """Read what is known of a customer here; contracts and invoices stay in the back office."""
    return _one(access.access_customer(access.access_customers(request), customer_id))


@ROUTES.adds("/customers", CustomerOut, "Make a customer known")
def create_customer(request: HttpRequest, new: NewCustomer) -> One:
    """Make a customer known, with a family name or an organisation's. Possible duplicates are listed for somebody to decide."""
    principal = access.access_customers(request)
    brand = access_brand(principal, new.brand)
    described = new.model_dump(exclude={"brand", "identifiers", *_ADDRESS})
    made = actions.create_customer(
        brand=brand,
        address=actions.NewAddress(**new.model_dump(include=set(_ADDRESS))),
        identifiers=[_checked(one, brand.country) for one in new.identifiers],
        **described,
    )
    one = _one(made)
    return One(value=one.value, state=one.state, location=f"/api/v1/customers/{made.id}")


@ROUTES.changes("/customers/{uuid:customer_id}", CustomerOut, "Change a customer")
def change_customer(request: HttpRequest, customer_id: UUID, change: CustomerChange) -> One:
    """Change what is said, and nothing else; what it was before stays in the trail."""
    principal = access.access_customers(request)
    found = _expected(request, principal, customer_id)
    changes = change.model_dump(exclude_unset=True)
    actions.change_customer(customer_id=found.id, changes=changes, principal=principal)
    return _one(access.access_customer(principal, found.id))


@ROUTES.adds("/customers/{uuid:customer_id}/identifiers", CustomerOut, "Note an address or number")
def add_identifier(request: HttpRequest, customer_id: UUID, new: NewIdentifier) -> One:
    """Note another address or number by which a customer is known. Noted twice, it is known once."""
    principal = access.access_customers(request)
    found = actions.locked_customer(access.access_customer(principal, customer_id).id)
    noted = _checked(new, found.brand.country)
    actions.add_identifier(customer_id=found.id, identifier=noted)
    if noted.evidence:
        value = rules.normalise(noted.kind, noted.value, country=found.brand.country)
        for one in found.identifiers.filter(kind=noted.kind, value=value, is_verified=False):
            actions.verify_identifier(
                identifier_id=one.id, evidence=noted.evidence, principal=principal, now=clock.now()
            )
    return _one(access.access_customer(principal, found.id))


def _expected(request: HttpRequest, principal: Principal, customer_id: UUID) -> Customer:
    found = actions.locked_customer(access.access_customer(principal, customer_id).id)
    expect(request, _told(found))
    return found


def _checked(one: NewIdentifier, country: str) -> actions.NewIdentifier:
    if not rules.normalise(one.kind, one.value, country=country):
        raise BadIdentifier(f"'{one.value}' can't be read as {one.kind}. Correct it, or leave it out.", kind=one.kind)
    return actions.NewIdentifier(kind=one.kind, value=one.value, evidence=one.evidence.strip())


def _one(customer: Customer) -> One:
    told = _told(customer)
    return One(value=told, state=told)


def _told(customer: Customer) -> dict[str, Any]:
    known = [one for one in customer.identifiers.all() if not one.kind.startswith("source:")]
    plain = (
        "id", "number", "kind", "name", "salutation", "title", "given_name", "family_name", "organisation_name",
        "language", "preferred_channel", "needs", *_ADDRESS, "born_on", "created_at",
    )  # fmt: skip
    return {
        **{name: getattr(customer, name) for name in plain},
        "brand": customer.brand.key,
        "merged_into": customer.merged_into_id,
        "identifiers": [
            {
                "id": one.id,
                "kind": one.kind,
                "value": one.value,
                "is_verified": one.is_verified,
                "evidence": one.evidence,
            }
            for one in sorted(known, key=lambda one: one.id)
        ],
    }
