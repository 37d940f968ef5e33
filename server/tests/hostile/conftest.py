"""One of everything, all of one brand, for whoever comes with bad intent."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from firstline import clock, ids
from firstline.cases.links import FOLLOW
from firstline.cases.models import Case, CaseMerge
from firstline.channels.email import actions as email_actions
from firstline.channels.email.models import RawMessage
from firstline.contacts import actions as contact_actions
from firstline.contacts.ports import ArrivedAttachment
from firstline.customers import actions as customer_actions
from firstline.customers.models import Duplicate, HouseholdMember, Identifier
from firstline.decisions.models import Evaluation, ModelVersion
from firstline.feedback.links import RATE
from firstline.feedback.models import Satisfaction
from firstline.files import actions as file_actions
from firstline.identity import actions as identity_actions
from firstline.identity.links import CONFIRM
from firstline.identity.models import CodeSending
from firstline.migration.models import Migration
from firstline.operations.models import Batch
from firstline.procedures.models import Release
from firstline.processes import queries as process_queries
from firstline.processes.models import Incident, Instance
from firstline.sources.models import Command, Definition, Divergence, Reading
from firstline.webhooks.models import Endpoint


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.FIRSTLINE_FILES = tmp_path / "files"


@pytest.fixture
def sample(house: Any) -> dict[str, Any]:
    """The things that an address may name, by the words that addresses.py uses."""
    call = house.call()
    case_id = contact_actions.add_reason(
        principal=house.principal(house.agent), contact_id=call.id, reason_key="change-of-address", now=clock.now()
    )
    case = Case.objects.get(id=case_id)
    (task,) = process_queries.open_tasks(business_ids=[case_id])
    stored = file_actions.store(data=b"%PDF-1.4 x", name="a.pdf", claimed_type="application/pdf")
    mail = house.mail(attachments=[ArrivedAttachment(file_id=stored.id, name="a.pdf")], raw_file_id=stored.id)
    message = mail.messages.get()
    raw_id, _ = email_actions.receive(
        raw=b"nothing", source="smtp", key="raw-1", received_at=clock.now(), brand_key=house.brand.key
    )
    RawMessage.objects.filter(id=raw_id).update(state=RawMessage.State.QUARANTINED, problem="It isn't a mail.")
    incident = Incident.objects.create(
        instance_id=case.instance_id or ids.new_id(), business_id=case.id, element_id="x", kind="bug", message="m",
        stage="held", raised_at=clock.now(),
    )  # fmt: skip
    version = ModelVersion.objects.all()[0]
    evaluation = Evaluation.objects.create(
        business_id=case.id, instance_id=incident.instance_id, element_id="x", release_id="r", version=version,
        decision_id=version.decision_ids[0], inputs={"name": "Sabine"},
    )  # fmt: skip
    instance = Instance.objects.get(id=case.instance_id)
    batch = Batch.objects.create(kind="bug", reason="Sabine waits", started_by=ids.new_id(), started_by_name="Somebody")
    own = instance.deployment.release_id
    migration = Migration.objects.create(
        source_id=instance.deployment_id, target_id=instance.deployment_id, from_release_id=own, release_id=own
    )
    command = Command.objects.create(
        case_id=case.id, element_id="x", customer_id=house.customer.id, source="billing", command="billing.change_address",
        key="command-1", state=Command.State.CONFIRMED,
    )  # fmt: skip
    divergence = Divergence.objects.create(
        command=command, customer_id=house.customer.id, case_id=case.id, source="billing", record="B1",
        expected={"street": "Sabine's"}, found={"street": "Another"},
    )  # fmt: skip
    case_merge = CaseMerge.objects.create(
        survivor=case, merged=house.case("change-of-address"), reason="Sabine rang twice", at=clock.now()
    )
    Definition.objects.create(source="shop", number=1)
    for name in ("Lind", "Lindt"):
        twice = customer_actions.NewIdentifier(kind="email", value="twice@example.test")
        customer_actions.create_customer(brand=house.brand, given_name="Twice", family_name=name, identifiers=[twice])
    duplicate = Duplicate.objects.get(left__given_name="Twice")
    merge_id = customer_actions.merge_customers(
        survivor_id=house.customer.id,
        merged_id=customer_actions.create_customer(brand=house.brand, family_name="Krueger").id,
        reason="the same",
        principal=house.principal(house.lead),
        now=clock.now(),
    )
    relative = customer_actions.create_customer(brand=house.brand, given_name="Sabrina", family_name="Sabel")
    relation_id = customer_actions.relate(
        ends=customer_actions.Ends(one_id=relative.id, other_id=house.customer.id),
        kind="sibling",
        principal=house.principal(house.agent),
        now=clock.now(),
    )
    customer_actions.live_together(
        customer_id=relative.id,
        with_id=house.customer.id,
        from_on=clock.now().date(),
        principal=house.principal(house.agent),
        now=clock.now(),
    )
    speaker = customer_actions.create_customer(brand=house.brand, family_name="Speaker")
    authority_id = identity_actions.note_authority(
        speaker=speaker, customer=house.customer, said=identity_actions.NewAuthority(kind="parent"),
        principal=house.principal(house.agent), now=clock.now(),
    )  # fmt: skip
    sending = CodeSending.objects.create(
        contact_id=call.id, customer=house.customer, kind="email", address="sabine@example.test", language="de",
        at=clock.now(), until=clock.now() + timedelta(minutes=10),
    )  # fmt: skip
    asking = Satisfaction.objects.create(
        brand=house.brand, customer=house.customer, case=case, scale="csat", state=Satisfaction.State.ASKED,
        asked_at=clock.now(), until=clock.now() + timedelta(days=1), code="23456789abcd",
    )  # fmt: skip
    reading = Reading.objects.create(
        customer_id=house.customer.id, read_of=[house.customer.id], source="billing", view="billing.contracts",
        value={"is_known": True, "rows": [{"contract": "Sabine's"}]},
    )  # fmt: skip
    return {
        "reading": reading.id,
        "row": 0,
        "field": "contract",
        "code": "23456789abcd",
        "asking": RATE.token(asking.id),
        "relation": relation_id,
        "member": HouseholdMember.objects.get(customer=relative).id,
        "authority": authority_id,
        "sending": CONFIRM.token(sending.id),
        "source": "shop",
        "customer": house.customer.id,
        "duplicate": duplicate.id,
        "merge": merge_id,
        "case_merge": case_merge.id,
        "import": customer_actions.upload(
            data=b"Name\nSabine\n", name="c.csv", brand=house.brand, principal=house.principal(house.lead)
        ),
        "identifier": Identifier.objects.filter(customer=house.customer)[0].id,
        "instance": instance.id,
        "divergence": divergence.id,
        "endpoint": Endpoint.objects.create(name="ERP", url="https://erp.example.test/", types=["case.opened"]).id,
        "act": "suspend",
        "deployment": instance.deployment_id,
        "process": instance.process_id,
        "batch": batch.id,
        "migration": migration.id,
        "contact": call.id,
        "case": case.id,
        "task": task.id,
        "mail": mail.id,
        "attachment": message.attachments.get().id,
        "message": message.id,
        "promise": house.promise(case, due_in=timedelta(days=2)),
        "incident": incident.id,
        "raw": raw_id,
        "tile": "billing.contracts",
        "release": Release.objects.all()[0].id,
        "figure": "contacts",
        "version": version.id,
        "evaluation": evaluation.id,
        "lease": ids.new_id(),
        "command": command.command,
        "write": command.id,
        "key": ids.new_id(),
        "token": FOLLOW.token(case.id),
        "reason": "change-of-address",
    }
