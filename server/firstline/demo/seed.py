"""Fills an empty database with the demo's organisation: staff, teams, customers, procedures, and some history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from firstline import clock
from firstline.accounts import actions as account_actions
from firstline.accounts.models import Brand, Team, User
from firstline.accounts.principals import principal_for
from firstline.contacts.models import Contact
from firstline.customers import actions as customer_actions
from firstline.customers import rules as customer_rules
from firstline.customers.models import Customer, Identifier
from firstline.customers.searching import feed as customers_found
from firstline.decisions import actions as decision_actions
from firstline.demo import generate, history, known, places, refunds, speaking
from firstline.demo import systems as demo_systems
from firstline.procedures import importer
from firstline.runtime import database
from firstline.search import actions as search_actions

CUSTOMERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    what: str
    email: str
    name: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    extension: str = ""


STAFF = (
    StaffMember(what="agent", email="anna@lindwerk.example", name="Anna Brandt", roles=("agent",), teams=("frontdesk",), extension="201"),
    StaffMember(what="second agent", email="sven@lindwerk.example", name="Sven de Boer", roles=("agent",), teams=("frontdesk",), extension="202"),
    StaffMember(what="back office", email="ben@lindwerk.example", name="Ben Visser", roles=("backoffice",), teams=("billing", "contracts", "complaints", "field")),
    StaffMember(what="team lead", email="clara@lindwerk.example", name="Clara Neumann", roles=("lead",), teams=("frontdesk", "billing", "complaints", "contracts", "field", "leads")),
    StaffMember(what="process owner", email="david@lindwerk.example", name="David Okafor", roles=("owner",), teams=()),
    StaffMember(what="administrator", email="ella@lindwerk.example", name="Ella Jansen", roles=("admin",), teams=()),
)  # fmt: skip

TEAMS = {
    "frontdesk": {"en": "Front desk", "de": "Kundenservice", "nl": "Klantenservice"},
    "billing": {"en": "Billing", "de": "Abrechnung", "nl": "Facturatie"},
    "complaints": {"en": "Complaints", "de": "Beschwerden", "nl": "Klachten"},
    "contracts": {"en": "Contracts", "de": "Verträge", "nl": "Contracten"},
    "field": {"en": "Field service", "de": "Außendienst", "nl": "Buitendienst"},
    "leads": {"en": "Team leads", "de": "Teamleitung", "nl": "Teamleiding"},
}


def seed(*, say: Callable[[str], None]) -> None:
    """Fill what is empty; a second call changes nothing."""
    world = generate.make_world(count=CUSTOMERS, today=clock.now().date())
    if not demo_systems.is_set_up(places.systems_folder()):
        say("Setting up the four back-office systems ...")
        demo_systems.set_up(folder=places.systems_folder(), server_url=database.database_url(), world=world)
    if Brand.objects.filter(key=generate.BRAND).exists():
        return
    say(f"Making {CUSTOMERS} customers, the staff and the procedures ...")
    with transaction.atomic():
        brand = _organisation()
        _customers(brand, world)
        # In use since before the history begins.
        with clock.fixed(clock.now() - timedelta(weeks=history.WEEKS + 1)):
            for line in importer.deploy_tree(places.procedures_folder()):
                say(f"  {line}")
            _decisions()
            _programs()
        known.seed(brand)


def seed_history(*, say: Callable[[str], None]) -> None:
    """Play the weeks before today, once; the systems and the mailbox must run."""
    brand = Brand.objects.get(key=generate.BRAND)
    if Contact.objects.filter(brand=brand).exists():
        return
    say("Playing six weeks of contacts ...")
    world = generate.make_world(count=CUSTOMERS, today=clock.now().date())
    contracts = {made.printed_number: made.contracts[0].number for made in world.customers if made.contracts}
    history.play(brand=brand, contracts=contracts, now=clock.now())
    billed = [
        made
        for made in world.customers
        if made.contracts and made.contracts[0].invoices and not made.contracts[0].ends_on
    ]
    refunds.play(
        brand=brand,
        invoices=[(made.printed_number, made.contracts[0].invoices[-1].number) for made in billed[-2:]],
        now=clock.now(),
    )
    told = world.story
    somebody = world.customers[len(generate.STORY) + 3]
    speaking.play(
        brand=brand,
        locked=somebody.printed_number,
        guardians_ward=told["ursula"].printed_number,
        partners_other=told["emily"].printed_number,
        now=clock.now(),
    )


def _decisions() -> None:
    """Deploy a decision model that no procedure has yet; the check of its tables has something to say."""
    owner = principal_for(User.objects.get(email="david@lindwerk.example"))
    files = {file.name: file.read_text(encoding="utf-8") for file in sorted(places.decisions_folder().glob("*.dmn"))}
    decision_actions.deploy_files(files=files, principal=owner, now=clock.now())


def _programs() -> None:
    """Let two programs have keys, which nobody knows: whoever tries the API makes one, or renews the first."""
    admin = principal_for(User.objects.get(email="ella@lindwerk.example"))
    account_actions.make_api_key(
        principal=admin,
        name="Customer portal (example)",
        scopes=["customers:read", "contacts:write", "cases:write", "tasks:read"],
        roles=["agent"],
        teams=["frontdesk"],
        brands=[generate.BRAND],
    )
    account_actions.make_api_key(principal=admin, name="Billing worker (example)", scopes=["jobs:charge-card"])


def _organisation() -> Brand:
    brand = Brand.objects.create(
        key=generate.BRAND,
        names=dict.fromkeys(("en", "de", "nl"), generate.COMPANY),
        languages=["de", "nl", "en"],
        zone="Europe/Berlin",
        country="DE",
        sender_name=f"{generate.COMPANY} Service",
        sender_address="service@lindwerk.example",
    )
    teams = {key: Team.objects.create(key=key, names=names) for key, names in TEAMS.items()}
    for member in STAFF:
        user = User.objects.create_user(
            member.email, places.PASSWORD, name=member.name, roles=list(member.roles), extension=member.extension
        )
        user.teams.set([teams[key] for key in member.teams])
        user.brands.set([brand])
    return brand


def _customers(brand: Brand, world: generate.World) -> None:
    customers, identifiers = [], []
    for made in world.customers:
        customer = Customer(
            brand=brand,
            number=made.printed_number,
            kind=Customer.Kind.ORGANISATION if made.organisation else Customer.Kind.PERSON,
            salutation=made.salutation,
            given_name=made.given_name,
            family_name=made.family_name,
            organisation_name=made.organisation,
            language=made.language,
        )
        found = [_identifier(customer, brand, *one) for one in _known_by(made)]
        found = [one for one in found if one.value]
        customer_actions.note_what_finds(customer, found)
        customers.append(customer)
        identifiers += found
    Customer.objects.bulk_create(customers, batch_size=500)
    Identifier.objects.bulk_create(identifiers, batch_size=1000)
    for batch in customers_found(size=500):
        search_actions.note(*batch)


def _known_by(made: generate.Customer) -> list[tuple[str, str]]:
    return [
        (customer_rules.CUSTOMER_NUMBER, made.printed_number),
        (customer_rules.EMAIL, made.email),
        (customer_rules.PHONE, made.phone),
        *(("source:billing", one) for one in made.billing_ids),
        *(("source:master", one) for one in made.master_ids),
        *(("source:orders", one) for one in made.order_ids),
    ]


def _identifier(customer: Customer, brand: Brand, kind: str, shown: str) -> Identifier:
    value = customer_rules.normalise(kind, shown, country=brand.country)
    return Identifier(
        customer=customer, kind=kind, value=value, shown=shown, is_verified=True, evidence="customer master"
    )
