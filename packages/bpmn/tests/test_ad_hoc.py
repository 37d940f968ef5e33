"""Ad-hoc subprocesses: steps that no flow begins."""

from decimal import Decimal

import pytest

from bpmn import facts
from bpmn.testing import (
    Play,
    Rejected,
    boundary,
    completion,
    element,
    event_subprocess,
    extensions,
    model,
    path,
    script_task,
    signal_definition,
    signal_reference,
    start,
    timer,
    user_task,
    zeebe,
)


def ad_hoc(*body: str, **attributes: str) -> bytes:
    inside = element("adHocSubProcess", "work", *body, **attributes)
    return model(
        start(),
        inside,
        boundary("b", "work", timer(duration="P1D")),
        user_task("late"),
        user_task("next"),
        path("start", "work", "next"),
        path("b", "late"),
    )


OFFERED = extensions(zeebe("adHoc"))
STEPS = (user_task("call"), user_task("write"), user_task("file"), path("write", "file"))


def test_every_step_begins_where_none_is_offered():
    play = Play(ad_hoc(*STEPS), thorough=True)
    play.start()
    assert play.waiting() == ["task call", "task write", "timer b"]
    for step in ("call", "write", "file"):
        play.complete_task(step)
    assert play.waiting() == ["task next"]


def test_sequential_steps_begin_one_after_another():
    play = Play(ad_hoc(*STEPS, ordering="Sequential"), thorough=True)
    play.start()
    for step in ("call", "write", "file"):
        assert play.waiting() == [f"task {step}", "timer b"]
        play.complete_task(step)
    assert play.waiting() == ["task next"]


def test_offered_steps_begin_when_somebody_says_so_as_often_as_they_like():
    play = Play(ad_hoc(OFFERED, *STEPS, completion("=done")), thorough=True)
    play.start(done=False)
    assert play.waiting() == ["offer work", "timer b"]
    offer = next(fact for fact in play.facts if isinstance(fact, facts.StepsOffered))
    assert (offer.step_ids, offer.is_sequential) == (("call", "write"), False)
    play.begin_step("work", "call", whom="Ann")
    play.begin_step("work", "call", whom="Bob")
    assert play.waiting() == ["offer work", "task call", "task call", "timer b"]
    play.complete_task("call")
    play.complete_task("call", done=True)
    assert play.waiting() == ["task next"]


def test_a_step_that_is_not_offered_is_rejected():
    play = Play(ad_hoc(OFFERED, *STEPS), thorough=True)
    play.start()
    with pytest.raises(Rejected, match="offered"):
        play.begin_step("work", "file")


def test_one_step_at_a_time():
    play = Play(ad_hoc(OFFERED, *STEPS, ordering="Sequential"), thorough=True)
    play.start()
    play.begin_step("work", "call")
    with pytest.raises(Rejected, match="one at a time"):
        play.begin_step("work", "write")
    play.complete_task("call")
    play.begin_step("work", "write")
    assert play.waiting() == ["offer work", "task write", "timer b"]


def test_somebody_closes_the_offer():
    from bpmn import commands

    play = Play(ad_hoc(OFFERED, *STEPS), thorough=True)
    play.start()
    play.begin_step("work", "call")
    play.do(commands.CloseOffer(offer_id=play.wait("offer", "work")))
    assert play.waiting() == ["task call", "timer b"]
    play.complete_task("call")
    assert play.waiting() == ["task next"]


@pytest.mark.parametrize(("cancels", "waiting"), [("true", ["task next"]), ("false", ["task write", "timer b"])])
def test_the_completion_condition_may_let_the_rest_end(cancels, waiting):
    body = (user_task("call"), user_task("write"), completion("=true"))
    play = Play(ad_hoc(*body, cancelRemainingInstances=cancels), thorough=True)
    play.start()
    play.complete_task("call")
    assert play.waiting() == waiting


def test_an_expression_names_the_steps_that_begin():
    begins = extensions(zeebe("adHoc", activeElementsCollection="=steps"))
    play = Play(ad_hoc(begins, *STEPS), thorough=True)
    play.start(steps=["nothing"])
    assert [incident[:2] for incident in play.incidents()] == [("work", "ad_hoc")]
    play.resolve(steps=["write"])
    assert play.waiting() == ["offer work", "task write", "timer b"]


def test_the_condition_is_looked_at_after_every_step():
    body = [script_task(name, "n + 1", "n") for name in "acd"]
    play = Play(ad_hoc(*body, completion("=n = 2"), ordering="Sequential"), thorough=True)
    play.start(n=0)
    assert (play.variables["n"], play.waiting()) == (Decimal(2), ["task next"])


def test_no_step_is_offered_any_more_when_an_event_has_interrupted():
    handler = event_subprocess("h", signal_reference("sig"), user_task("handle"), path("h_start", "handle"))
    xml = model(
        start(),
        element("adHocSubProcess", "work", OFFERED, *STEPS, handler),
        user_task("next"),
        path("start", "work", "next"),
        definitions=[signal_definition("sig", "go")],
    )
    play = Play(xml, thorough=True)
    play.start()
    play.begin_step("work", "call")
    play.signal("go")
    assert play.waiting() == ["task handle"]
    play.complete_task("handle")
    assert play.waiting() == ["task next"]
