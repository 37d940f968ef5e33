"""Makes the customers of Lindwerk Energie, a utility company that doesn't exist.

Deterministic: the same seed, count and day give the same people, on every machine. What is here is the truth; how each
back-office system spells it, and what each has got wrong, is in `systems/`, driven by the `quirks` of a customer.
Numbers and addresses are plausible and nobody's: telephone ranges reserved for fiction, mail domains reserved for examples.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

BRAND = "lindwerk"
COMPANY = "Lindwerk Energie"

# What the records of one customer can have wrong, with the share of customers that it happens to.
QUIRKS: dict[str, float] = {
    "orders:old_address": 0.12,
    "billing:old_address": 0.03,
    "master:typo_in_name": 0.06,
    "orders:typo_in_street": 0.05,
    "billing:no_email": 0.08,
    "orders:no_email": 0.10,
    "master:no_phone": 0.05,
    "billing:upper_case": 0.04,
    "orders:no_customer_number": 0.15,
    "orders:missing": 0.12,
    "master:missing": 0.01,
    "billing:closed": 0.05,
    "billing:second_account": 0.02,
    "master:duplicate": 0.02,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    street: str
    house_number: str
    postcode: str
    town: str
    country: str  # ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    number: str
    period_from: date
    period_to: date
    issued_on: date
    due_on: date
    amount: Decimal
    paid: Decimal
    paid_on: date | None
    dunning_level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    number: str
    tariff: str
    meter: str
    starts_on: date
    ends_on: date | None
    invoices: tuple[Invoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    meter: str
    read_on: date
    value: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    number: str
    what: str
    placed_on: date
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    what: str
    on: date
    window: str
    technician: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    sequence: int
    number: str  # eight digits; printed on letters as LW-1234-5678
    kind: str  # person | organisation
    salutation: str  # mr | ms | "" ; how to write it is a matter of language
    given_name: str
    family_name: str  # with its particle: "van den Berg"
    organisation: str
    language: str
    address: Address
    old_address: Address
    email: str
    phone: str  # E.164
    born_on: date | None
    iban: str
    since: date
    quirks: frozenset[str]
    contracts: tuple[Contract, ...]
    readings: tuple[MeterReading, ...]
    orders: tuple[Order, ...]
    appointments: tuple[Appointment, ...]
    billing_ids: tuple[str, ...]
    master_ids: tuple[str, ...]
    order_ids: tuple[str, ...]
    story: str  # the key of a person of the story, otherwise ""

    @property
    def name(self) -> str:
        return self.organisation or f"{self.given_name} {self.family_name}"

    @property
    def printed_number(self) -> str:
        return f"LW-{self.number[:4]}-{self.number[4:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    today: date
    customers: tuple[Customer, ...]

    @property
    def story(self) -> dict[str, Customer]:
        """The people of the story by key; the same names, numbers and addresses whatever the seed."""
        return {customer.story: customer for customer in self.customers if customer.story}


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    country: str
    language: str
    men: tuple[str, ...]
    women: tuple[str, ...]
    families: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]  # name, first characters of its postcodes
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    phones: tuple[tuple[str, int], ...]  # E.164 without its last digits, how many digits are missing
    bank: str


# fmt: off
LANDS = {
    "DE": Land(
        country="DE", language="de",
        men=("Andreas", "Jürgen", "Mehmet", "Lukas", "Björn", "Wolfgang", "Stefan", "Elias", "Götz", "Ahmet", "Klaus", "Jonas",
             "Matthias", "Paweł", "Finn", "Günther", "Tobias", "Emre"),
        women=("Petra", "Sabine", "Ayşe", "Hannah", "Ursula", "Jördis", "Katrin", "Leonie", "Monika", "Fatma", "Greta", "Heike",
               "Anneliese", "Magdalena", "Zoë", "Birgit", "Yasemin", "Lena"),
        families=("Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Maier", "Wagner", "Becker", "Schulz", "Hoffmann",
                  "Schäfer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann", "Braun",
                  "Krüger", "Hofmann", "Hartmann", "Lange", "Werner", "Krause", "Lehmann", "Köhler", "Yılmaz", "Kaya", "Nowak",
                  "von der Heide", "Groß", "Weiß", "Jäger", "Böhm", "Dietrich", "Öztürk"),
        streets=("Lindenstraße", "Hauptstraße", "Gartenweg", "Schillerstraße", "Bahnhofstraße", "Am Mühlbach", "Goethestraße",
                 "Kirchgasse", "Bergstraße", "Ringstraße", "Birkenallee", "Schulstraße", "An der alten Ziegelei", "Mozartstraße",
                 "Wiesenweg", "Große Bleichen", "Ahornweg", "Rosenstraße"),
        towns=(("Berlin", "10"), ("Hamburg", "20"), ("München", "80"), ("Köln", "50"), ("Frankfurt am Main", "60"),
               ("Münster", "48"), ("Kleve", "47"), ("Osnabrück", "49"), ("Lüneburg", "21"), ("Würzburg", "97")),
        trades=("Bäckerei", "Autohaus", "Tischlerei", "Praxis Dr.", "Gärtnerei", "Elektro", "Gasthof", "Buchhandlung"),
        forms=("GmbH", "KG", "e. K.", "GbR"),
        phones=(("+493023125", 3), ("+496990009", 3), ("+494066969", 3), ("+492214710", 3), ("+498999998", 3)),
        bank="37040044",
    ),
    "NL": Land(
        country="NL", language="nl",
        men=("Joost", "Daan", "Pieter", "Sjoerd", "Bram", "Ruben", "Willem", "Youssef", "Koen", "Gijs", "Thijs", "Henk"),
        women=("Anouk", "Sanne", "Marijke", "Fleur", "Ingrid", "Noor", "Femke", "Wilhelmina", "Roos", "Saskia", "Tineke", "Amira"),
        families=("de Jong", "Jansen", "de Vries", "van den Berg", "van Dijk", "Bakker", "Janssen", "Visser", "Smit", "Meijer",
                  "de Boer", "Mulder", "de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen", "Dekker", "Brouwer",
                  "van der Meer", "in 't Veld", "Kuipers", "Postma"),
        streets=("Kerkstraat", "Dorpsstraat", "Molenweg", "Prinsengracht", "Julianalaan", "Stationsweg", "Wilhelminastraat",
                 "Beatrixlaan", "Nieuwstraat", "Burgemeester de Withstraat", "Eikenlaan", "'s-Gravenweg"),
        towns=(("Amsterdam", "10"), ("Rotterdam", "30"), ("Utrecht", "35"), ("Nijmegen", "65"), ("Arnhem", "68"),
               ("Enschede", "75"), ("Groningen", "97"), ("'s-Hertogenbosch", "52")),
        trades=("Bakkerij", "Fietsenwinkel", "Garage", "Kwekerij", "Installatiebedrijf", "Boekhandel"),
        forms=("B.V.", "V.O.F.", ""),
        phones=(("+3120555", 4), ("+3110555", 4), ("+3130555", 4)),
        bank="ABNA",
    ),
    "GB": Land(
        country="GB", language="en",
        men=("Oliver", "George", "Harry", "Rhys", "Callum", "Mohammed", "William", "Euan", "Arthur", "Declan", "Thomas", "Samuel"),
        women=("Emily", "Charlotte", "Aisha", "Siân", "Margaret", "Isla", "Priya", "Rosie", "Eleanor", "Niamh", "Grace", "Zara"),
        families=("Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Wright", "Walker",
                  "O'Connor", "Clarke", "Hughes", "Khan", "Green", "MacDonald", "Lewis", "Begum", "Edwards", "Fitzgerald-Moore"),
        streets=("High Street", "Station Road", "Church Lane", "Victoria Road", "Mill Lane", "Queen's Crescent", "Park Avenue",
                 "The Green", "Kingsway", "Manor Drive", "St. Mary's Close", "Albert Terrace"),
        towns=(("Leeds", "LS"), ("Sheffield", "S"), ("Bristol", "BS"), ("Norwich", "NR"), ("Cardiff", "CF"), ("Edinburgh", "EH"),
               ("York", "YO")),
        trades=("Bakery", "Garage", "Joinery", "Dental Practice", "Garden Centre", "Bookshop"),
        forms=("Ltd", "LLP", "& Sons"),
        phones=(("+441134960", 3), ("+441144960", 3), ("+441174960", 3), ("+442079460", 3), ("+441314960", 3), ("+447700900", 3)),
        bank="LIND",
    ),
}
SHARES = ("DE",) * 6 + ("NL",) * 2 + ("GB",) * 2
DOMAINS = ("example.com", "example.net", "example.org", "post.example", "mail.example")

TARIFFS = {  # code: name, what, base price per month, price per kWh
    "STROM-KLAR": ("Lindwerk Klarstrom", "electricity", Decimal("12.90"), Decimal("0.3150")),
    "STROM-GRUEN": ("Lindwerk Grünstrom 24", "electricity", Decimal("14.50"), Decimal("0.2990")),
    "GAS-HEIM": ("Lindwerk Heimgas", "gas", Decimal("11.20"), Decimal("0.1080")),
    "GAS-PLUS": ("Lindwerk Gas Plus", "gas", Decimal("13.40"), Decimal("0.0990")),
}
OFFERS = {  # code: name, tariff that it leads to, discount in percent, months
    "loyalty-15": ("Loyalty: 15 % for 12 months", None, Decimal(15), 12),
    "price-10": ("Price: 10 % for 12 months", None, Decimal(10), 12),
    "sorry-5": ("Sorry: 5 % for 6 months", None, Decimal(5), 6),
}
# fmt: on

# The people of the story: their order is their sequence number, so never put one in between.
STORY: tuple[dict[str, object], ...] = (
    {
        "story": "petra",  # an open complaint and a promise that was missed
        "given_name": "Petra",
        "family_name": "Hoffmann",
        "salutation": "ms",
        "country": "DE",
        "email": "petra.hoffmann@example.com",
        "phone": "+491713920011",
        "quirks": {"orders:old_address"},
    },
    {
        "story": "emily",  # an unpaid invoice, one reminder
        "given_name": "Emily",
        "family_name": "Clarke",
        "salutation": "ms",
        "country": "GB",
        "email": "emily.clarke@example.org",
        "phone": "+447700900123",
        "quirks": {"billing:no_email"},
    },
    {
        "story": "joost",  # moves house
        "given_name": "Joost",
        "family_name": "van den Berg",
        "salutation": "mr",
        "country": "NL",
        "email": "j.vandenberg@example.net",
        "phone": "+31205550142",
        "quirks": {"master:typo_in_name"},
    },
    {
        "story": "mehmet",  # wants to cancel
        "given_name": "Mehmet",
        "family_name": "Kaya",
        "salutation": "mr",
        "country": "DE",
        "email": "mehmet.kaya@post.example",
        "phone": "+493023125117",
        "quirks": set(),
    },
    {
        "story": "bakery",  # an organisation with two supply contracts
        "organisation": "Bäckerei Sonnenschein GmbH",
        "given_name": "",
        "family_name": "",
        "salutation": "",
        "country": "DE",
        "email": "buero@sonnenschein.example",
        "phone": "+498999998250",
        "quirks": {"billing:upper_case"},
    },
    {
        "story": "ursula",  # not in the order system at all, no e-mail address anywhere but ours
        "given_name": "Ursula",
        "family_name": "von der Heide",
        "salutation": "ms",
        "country": "DE",
        "email": "ursula.vdheide@mail.example",
        "phone": "+494066969333",
        "quirks": {"orders:missing", "billing:no_email"},
    },
)


def make_world(*, count: int = 2000, seed: int = 20260101, today: date) -> World:
    """Make `count` customers as they stand on `today`; the first ones are the people of the story."""
    customers: list[Customer] = []
    for sequence in range(count):
        # A generator of its own per customer: one more field for one of them doesn't change all that follow.
        # The people of the story stay the same whatever the seed.
        dice = random.Random(f"{'story' if sequence < len(STORY) else seed}:{sequence}")  # noqa: S311 - made-up people
        customers.append(_make_customer(sequence, dice, today, customers[-1] if customers else None))
    return World(today=today, customers=tuple(customers))


def _make_customer(sequence: int, dice: random.Random, today: date, neighbour: Customer | None) -> Customer:
    given = STORY[sequence] if sequence < len(STORY) else {}
    land = LANDS[str(given.get("country") or dice.choice(SHARES))]
    salutation = str(given.get("salutation", dice.choice(("mr", "ms"))))
    family = str(given.get("family_name", dice.choice(land.families)))
    first = str(given.get("given_name", dice.choice(land.men if salutation == "mr" else land.women)))
    organisation = str(given.get("organisation", ""))
    if not given and dice.random() < 0.10:
        organisation = f"{dice.choice(land.trades)} {family} {dice.choice(land.forms)}".strip()
        salutation = first = family = ""
    quirks = _quirks_of(given, dice)
    address, phone = _address(land, dice), str(given.get("phone") or _phone(land, dice))
    shares_home = not given and not organisation and sequence > len(STORY) and dice.random() < 0.04
    if shares_home and neighbour and not neighbour.organisation and neighbour.address.country == land.country:
        address, phone, family = neighbour.address, neighbour.phone, neighbour.family_name
    since = today - timedelta(days=dice.randint(200, 5000))
    contracts = _contracts(sequence, str(given.get("story", "")), quirks, since, dice, today)
    person = not organisation
    return Customer(
        sequence=sequence,
        number=_customer_number(sequence),
        kind="person" if person else "organisation",
        salutation=salutation,
        given_name=first,
        family_name=family,
        organisation=organisation,
        language=land.language,
        address=address,
        old_address=_address(land, dice),
        email=str(given.get("email") or _email(first, family, organisation, sequence, dice)),
        phone=phone,
        born_on=date(dice.randint(1938, 2005), dice.randint(1, 12), dice.randint(1, 28)) if person else None,
        iban=make_iban(land, dice),
        since=since,
        quirks=quirks,
        contracts=contracts,
        readings=_readings(contracts, dice, today),
        orders=_orders(sequence, dice, today),
        appointments=_appointments(dice, today),
        billing_ids=_billing_ids(sequence, quirks),
        master_ids=_master_ids(sequence, quirks),
        order_ids=() if "orders:missing" in quirks else (str(30_000 + sequence * 3),),
        story=str(given.get("story", "")),
    )


def _quirks_of(given: dict[str, object], dice: random.Random) -> frozenset[str]:
    wanted = given.get("quirks")
    if isinstance(wanted, set):
        return frozenset(wanted)
    return frozenset(quirk for quirk, share in QUIRKS.items() if dice.random() < share)


def _customer_number(sequence: int) -> str:
    # Spread over the eight-digit numbers without a repeat: 7919 has no factor in common with 89,999,999.
    return str(10_000_000 + (sequence * 7919 * 5011 + 1_234_567) % 89_999_999)


def _billing_ids(sequence: int, quirks: frozenset[str]) -> tuple[str, ...]:
    first = f"B{700_000 + sequence * 7}"
    return (first, f"B{900_000 + sequence}") if "billing:second_account" in quirks else (first,)


def _master_ids(sequence: int, quirks: frozenset[str]) -> tuple[str, ...]:
    if "master:missing" in quirks:
        return ()
    first = f"mp-{(sequence + 1) * 2654435761 % 2**32:08x}"
    return (first, f"{first}-2") if "master:duplicate" in quirks else (first,)


def _address(land: Land, dice: random.Random) -> Address:
    town, start = dice.choice(land.towns)
    house = str(dice.randint(1, 148)) + (dice.choice("abc") if dice.random() < 0.1 else "")
    return Address(
        street=dice.choice(land.streets),
        house_number=house,
        postcode=_postcode(land.country, start, dice),
        town=town,
        country=land.country,
    )


def _postcode(country: str, start: str, dice: random.Random) -> str:
    match country:
        case "NL":
            return f"{start}{dice.randint(1, 99):02d} {dice.choice('ABCDEGHJKLMNPRTVWXZ')}{dice.choice('ABCDEGHJKLMNPRTVWXZ')}"
        case "GB":
            return f"{start}{dice.randint(1, 19)} {dice.randint(1, 9)}{dice.choice('ABDEFGHJLN')}{dice.choice('PQRSTUWXYZ')}"
        case _:
            return f"{start}{dice.randint(1, 999):03d}"


def _phone(land: Land, dice: random.Random) -> str:
    start, missing = dice.choice(land.phones)
    return start + str(dice.randrange(10**missing)).zfill(missing)


_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ş": "s", "ł": "l", "ë": "e", "â": "a"})


def _email(first: str, family: str, organisation: str, sequence: int, dice: random.Random) -> str:
    def plain(text: str) -> str:
        return "".join(letter for letter in text.lower().translate(_PLAIN) if letter.isascii() and letter.isalnum())

    local = f"info.{plain(organisation)}" if organisation else f"{plain(first)}.{plain(family)}"
    return f"{local}{sequence}@{dice.choice(DOMAINS)}"


def make_iban(land: Land, dice: random.Random) -> str:
    """An IBAN with right check digits (ISO 13616) of a bank that is nobody's in particular."""
    lengths = {"DE": 10, "NL": 10, "GB": 14}
    body = land.bank + str(dice.randrange(10 ** lengths[land.country])).zfill(lengths[land.country])
    digits = "".join(str(int(letter, 36)) for letter in f"{body}{land.country}00")
    return f"{land.country}{98 - int(digits) % 97:02d}{body}"


def _contracts(
    sequence: int, story: str, quirks: frozenset[str], since: date, dice: random.Random, today: date
) -> tuple[Contract, ...]:
    tariffs = [dice.choice(("STROM-KLAR", "STROM-GRUEN"))]
    if story in {"bakery", "petra"} or (not story and dice.random() < 0.35):
        tariffs.append(dice.choice(("GAS-HEIM", "GAS-PLUS")))
    ended = today - timedelta(days=dice.randint(20, 160)) if "billing:closed" in quirks else None
    return tuple(
        Contract(
            number=f"V{sequence:05d}{place}",
            tariff=tariff,
            meter=f"1LW{dice.randrange(10**8):08d}",
            starts_on=since,
            ends_on=ended,
            invoices=_invoices(f"{sequence:05d}{place}", tariff, since, story, dice, today),
        )
        for place, tariff in enumerate(tariffs, start=1)
    )


def _invoices(stem: str, tariff: str, since: date, story: str, dice: random.Random, today: date) -> tuple[Invoice, ...]:
    _, what, base, price = TARIFFS[tariff]
    usual = dice.randint(120, 380) if what == "electricity" else dice.randint(500, 1700)
    invoices = []
    for months_ago in range(6, 0, -1):
        start, end = _month_before(today, months_ago)
        if end < since:
            continue
        kwh = int(usual * dice.uniform(0.8, 1.25))
        if story == "mehmet" and months_ago == 1:
            kwh *= 3  # the invoice that he doesn't understand
        amount = (base + price * kwh).quantize(Decimal("0.01"))
        issued = end + timedelta(days=4)
        due = issued + timedelta(days=14)
        unpaid = (story == "emily" and months_ago == 3) or (not story and months_ago <= 3 and dice.random() < 0.06)
        open_still = unpaid or due >= today
        invoices.append(
            Invoice(
                number=f"R{start:%Y%m}-{stem}",
                period_from=start,
                period_to=end,
                issued_on=issued,
                due_on=due,
                amount=amount,
                paid=Decimal("0.00") if open_still else amount,
                paid_on=None if open_still else due - timedelta(days=dice.randint(0, 12)),
                dunning_level=min(2, (today - due).days // 21) if unpaid and due < today else 0,
            )
        )
    return tuple(invoices)


def _month_before(today: date, months: int) -> tuple[date, date]:
    """First and last day of the month that lies `months` before that of `today`."""
    index = today.year * 12 + today.month - 1 - months
    start = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return start, following - timedelta(days=1)


def _readings(contracts: tuple[Contract, ...], dice: random.Random, today: date) -> tuple[MeterReading, ...]:
    def of(contract: Contract) -> Iterator[MeterReading]:
        value = dice.randint(1_000, 60_000)
        for months_ago in (12, 6, 1):
            value += dice.randint(400, 3_000)
            start, _ = _month_before(today, months_ago)
            yield MeterReading(
                meter=contract.meter,
                read_on=start + timedelta(days=dice.randint(0, 20)),
                value=value,
                by=dice.choice(("customer", "technician", "estimate")),
            )

    return tuple(reading for contract in contracts for reading in of(contract))


def _orders(sequence: int, dice: random.Random, today: date) -> tuple[Order, ...]:
    kinds = ("meter exchange", "wall box", "smart thermostat", "reading by technician", "final reading")
    return tuple(
        Order(
            number=f"A-{sequence:05d}-{place}",
            what=dice.choice(kinds),
            placed_on=today - timedelta(days=dice.randint(5, 400)),
            status=dice.choice(("done", "done", "done", "planned", "cancelled")),
        )
        for place in range(dice.choice((0, 1, 1, 2, 3)))
    )


def _appointments(dice: random.Random, today: date) -> tuple[Appointment, ...]:
    if dice.random() > 0.3:
        return ()
    on = today + timedelta(days=dice.randint(-60, 30))
    return (
        Appointment(
            what=dice.choice(("meter exchange", "installation", "inspection")),
            on=on,
            window=dice.choice(("08-12", "12-16", "16-19")),
            technician=dice.choice(("Team Nord", "Team West", "Team Süd")),
            status="done" if on < today else "planned",
        ),
    )


def typo(text: str, dice: random.Random) -> str:
    """Two letters in the middle of a word changed places, as a hurried typist does it."""
    places = [
        i for i in range(1, len(text) - 2) if text[i].isalpha() and text[i + 1].isalpha() and text[i] != text[i + 1]
    ]
    if not places:
        return text
    i = dice.choice(places)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
