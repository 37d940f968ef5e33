"""A house with agents, customers and contacts: `python house.py --agents N --folder F` prints what the agents need, as JSON."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "server")]
SOURCE = """
key: {name}
label: {{en: {name}}}
connector: rest
connection: {{base_url: {{file: {name}.url}}}}
timeout: 25 s
concurrency: {at_once}
customer:
  - {{kind: customer_number}}
views:
  facts:
    label: {{en: Facts}}
    tile: fields
    read: {{path: "/facts/{{customer}}"}}
    fields:
      - {{name: street, label: {{en: Street}}}}
"""


def main() -> None:
    """Make the database and what is in it, or stop the server that it is in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--stop", action="store_true")
    chosen = parser.parse_args()
    from firstline.runtime import database

    if chosen.stop:
        database.stop()
        return
    database.ensure()
    environment = _sources(chosen.folder)
    os.environ.update(environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = "firstline.config.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps({"environment": environment, "contacts": _contacts(chosen.agents)}))


def _sources(folder: Path) -> dict[str, str]:
    from systems import AT_ONCE, ports

    sources, secrets = folder / "sources", folder / "secrets"
    for made in (sources, secrets):
        made.mkdir(exist_ok=True)
    for name, port in ports(folder).items():
        (sources / f"{name}.yaml").write_text(SOURCE.format(name=name, at_once=AT_ONCE))
        (secrets / f"{name}.url").write_text(f"http://127.0.0.1:{port}")
    return {"FIRSTLINE_SOURCES": str(sources), "FIRSTLINE_SECRETS": str(secrets)}


def _contacts(number: int) -> list[dict[str, str]]:
    """Let each customer be on the phone with an agent of their own, logged in."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from firstline import clock
    from firstline.accounts.models import Brand, User
    from firstline.accounts.principals import principal_for
    from firstline.contacts import actions as contacts
    from firstline.contacts.models import Contact
    from firstline.customers import actions as customers
    from firstline.desktop import actions as desk
    from firstline.sources.queries import view_labels

    brand = Brand.objects.create(key="bench", names={"en": "Bench"}, country="DE")
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore
    made = []
    for place in range(number):
        phone = f"+4917{10_000_000 + place}"
        identifier = customers.NewIdentifier(kind="phone", value=phone, is_verified=True)
        customers.create_customer(
            brand=brand, number=f"{4_000_000 + place}", family_name=f"Caller{place}x", identifiers=[identifier]
        )
        agent = User(email=f"agent{place}@bench.example", name=f"Agent {place}", roles=["agent"])
        agent.set_unusable_password()
        agent.save()
        agent.brands.add(brand)
        contact = contacts.open_call(
            brand=brand, call_id=f"call-{place}", number=phone, agent_id=agent.id, at=clock.now()
        )
        contacts.answer_call(call_id=f"call-{place}", at=clock.now())
        for view in view_labels("en"):
            desk.open_tile(
                principal=principal_for(agent), contact=Contact.objects.get(id=contact), view_key=view, now=clock.now()
            )
        session = store()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(agent.pk), agent.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session.create()
        made.append({"contact": str(contact), "name": f"Caller{place}x", "session": str(session.session_key)})
    return made


if __name__ == "__main__":
    main()
