"""Slack's calls as the worker uses them: each fault as a type, and look-ups that find what is there."""

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import Lasting, Passing, RateLimited, Slack, SlackFault
from commands.views.message import Message, section
from policy.tickets import MessageRef
from tests.bot.worker_rig import ACME, ERIN, GLOBEX, OMAR, TRIAGE, Rig, rig_at

LINE = Message(text="a line", blocks=[section("a line")])
START_OF_TIME = 0.0


@pytest.fixture
async def rig(empty_url: str) -> AsyncIterator[Rig]:
    async with rig_at(empty_url) as made:
        yield made


@pytest.fixture
def slack(rig: Rig) -> Slack:
    return rig.slack


async def fault_of(call: Awaitable[object]) -> SlackFault:
    with pytest.raises(SlackFault) as raised:
        await call
    return raised.value


# -- faults


@pytest.mark.parametrize(
    ("error", "carried_out"),
    [
        ("internal_error", True),
        ("fatal_error", True),
        ("timeout", True),
        ("service_unavailable", False),
        ("request_timeout", False),
        ("team_added_to_org", False),
    ],
)
async def test_errors_that_pass(rig: Rig, slack: Slack, error: str, carried_out: bool) -> None:
    await rig.people.faults("chat.postMessage", kind="error", error=error)
    fault = await fault_of(slack.post(ACME, None, LINE, "id"))
    assert isinstance(fault, Passing)
    assert (str(fault), fault.carried_out) == (error, carried_out)


@pytest.mark.parametrize(
    "error", ["is_archived", "channel_not_found", "msg_too_long", "an_error_of_tomorrow"]
)
async def test_errors_that_last(rig: Rig, slack: Slack, error: str) -> None:
    await rig.people.faults("chat.postMessage", kind="error", error=error)
    fault = await fault_of(slack.post(ACME, None, LINE, "id"))
    assert isinstance(fault, Lasting)
    assert fault.error == error


@pytest.mark.parametrize("error", ["ratelimited", "rate_limited"])
async def test_a_rate_limit_without_its_header(rig: Rig, slack: Slack, error: str) -> None:
    await rig.people.faults("chat.postMessage", kind="error", error=error)
    fault = await fault_of(slack.post(ACME, None, LINE, "id"))
    assert isinstance(fault, RateLimited)
    assert fault.retry_after_s == 1


async def test_a_rate_limit_says_for_how_long(rig: Rig, slack: Slack) -> None:
    await rig.people.faults("chat.postMessage", kind="ratelimited", retry_after=42)
    fault = await fault_of(slack.post(ACME, None, LINE, "id"))
    assert isinstance(fault, RateLimited)
    assert fault.retry_after_s == 42


@pytest.mark.parametrize("kind", ["drop", "lost"])
async def test_lost_connections_leave_it_open(rig: Rig, slack: Slack, kind: str) -> None:
    await rig.people.faults("chat.postMessage", kind=kind)  # type: ignore[arg-type]
    fault = await fault_of(slack.post(ACME, None, LINE, "id"))
    assert isinstance(fault, Passing)
    assert (fault.carried_out, fault.under_way) == (True, False)


async def test_no_answer_in_time_leaves_it_open(rig: Rig) -> None:
    timeout = aiohttp.ClientTimeout(total=0.05)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        impatient = Slack(
            AsyncWebClient(token="xoxb-sandbox", base_url=rig.box.api_url, session=session, retry_handlers=[])
        )
        await rig.people.faults("chat.postMessage", kind="slow", delay_s=0.5)
        fault = await fault_of(impatient.post(ACME, None, LINE, "id"))
    assert isinstance(fault, Passing)
    assert (fault.carried_out, fault.under_way) == (True, True)


@pytest.mark.parametrize(("status", "under_way"), [(500, False), (503, False), (504, True)])
async def test_a_gateway_that_gave_up_waiting(rig: Rig, slack: Slack, status: int, under_way: bool) -> None:
    await rig.people.faults("chat.postMessage", kind="status", status=status)
    fault = await fault_of(slack.post(ACME, None, LINE, "id"))
    assert isinstance(fault, Passing)
    assert (fault.carried_out, fault.under_way) == (True, under_way)


async def test_a_connection_that_is_refused_carried_nothing_out(rig: Rig, slack: Slack) -> None:
    rig.sent.base_url = "http://127.0.0.1:9/api/"
    fault = await fault_of(slack.post(ACME, None, LINE, "id"))
    assert isinstance(fault, Passing)
    assert not fault.carried_out


@pytest.mark.parametrize(
    "call",
    [
        lambda slack: slack.edit(MessageRef(ACME, "1.000001"), LINE),
        lambda slack: slack.create_private_channel("inc-acme-1"),
        lambda slack: slack.invite(ACME, [ERIN]),
        lambda slack: slack.members_of_group("S0ONCALL"),
        lambda slack: slack.pinned(ACME),
        lambda slack: slack.pin(MessageRef(ACME, "1.000001")),
        lambda slack: slack.identify(),
        lambda slack: slack.find(ACME, None, "id", START_OF_TIME),
        lambda slack: slack.find(ACME, "1.000001", "id", START_OF_TIME),
    ],
)
async def test_every_call_speaks_in_faults(
    rig: Rig, slack: Slack, call: Callable[[Slack], Awaitable[object]]
) -> None:
    await rig.people.faults("*", kind="ratelimited", retry_after=3)
    assert isinstance(await fault_of(call(slack)), RateLimited)
    await rig.people.faults("*", kind="status", status=503)
    assert isinstance(await fault_of(call(slack)), Passing)
    assert len(await rig.people.calls()) == 2  # none is tried again here


# -- look-ups


async def test_a_message_is_found_by_its_id(slack: Slack) -> None:
    first = await slack.post(ACME, None, LINE, "id-1")
    await slack.post(ACME, None, LINE, "id-2")
    reply = await slack.post(ACME, first.ts, LINE, "id-3")
    assert await slack.find(ACME, None, "id-1", START_OF_TIME) == first
    assert await slack.find(ACME, first.ts, "id-3", START_OF_TIME) == reply
    assert await slack.find(ACME, None, "id-3", START_OF_TIME) is None
    assert await slack.find(ACME, None, "id-4", START_OF_TIME) is None
    assert await slack.find(GLOBEX, None, "id-1", START_OF_TIME) is None


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_message_is_found_behind_many(rig: Rig, slack: Slack, in_thread: bool) -> None:
    root = await slack.post(ACME, None, LINE, "root")
    thread = root.ts if in_thread else None
    posted = await slack.post(ACME, thread, LINE, "id")
    for number in range(250):
        await rig.people.say(ERIN, ACME, f"line {number}", thread_ts=thread)
    assert await slack.find(ACME, thread, "id", START_OF_TIME) == posted


async def test_a_message_behind_more_than_it_looks_through(rig: Rig, slack: Slack) -> None:
    """Better never than twice: it is not taken for missing."""
    await slack.post(ACME, None, LINE, "id")
    for number in range(1010):
        rig.box.sandbox.people.say(ERIN, ACME, f"line {number}")
    fault = await fault_of(slack.find(ACME, None, "id", START_OF_TIME))
    assert isinstance(fault, Passing)
    assert fault.carried_out


async def test_an_edit_keeps_the_id(slack: Slack) -> None:
    posted = await slack.post(ACME, None, LINE, "id")
    await slack.edit(posted, Message(text="another", blocks=[section("another")]))
    assert await slack.find(ACME, None, "id", START_OF_TIME) == posted


# -- the rest


async def test_a_channel_is_made_once(slack: Slack) -> None:
    made = await slack.create_private_channel("inc-acme-1")
    assert await slack.create_private_channel("inc-acme-1") == made


async def test_a_name_that_nobody_lets_us_see(rig: Rig, slack: Slack) -> None:
    await rig.people.create_channel("inc-acme-1", creator="erin", private=True)
    fault = await fault_of(slack.create_private_channel("inc-acme-1"))
    assert isinstance(fault, Lasting)
    assert fault.error == "name_taken"


async def test_a_channel_of_somebody_else_is_not_taken_over(rig: Rig, slack: Slack) -> None:
    """Though we are in it and see it: who else is in it, and was before, is not for us to say."""
    await rig.people.create_channel("inc-acme-1", creator="erin", private=True, members=["U0SUPPORT"])
    listed = (await rig.sent.conversations_list(types="private_channel"))["channels"]
    (seen,) = [one for one in listed if one["name"] == "inc-acme-1"]
    assert (seen["is_member"], seen["creator"]) == (True, ERIN)
    for _ in range(2):
        fault = await fault_of(slack.create_private_channel("inc-acme-1"))
        assert isinstance(fault, Lasting)
        assert fault.error == "name_taken"
    assert len(await rig.people.calls("auth.test")) == 1


async def test_who_is_in_already_is_left_alone(rig: Rig, slack: Slack) -> None:
    room = await slack.create_private_channel("inc-acme-1")
    await slack.invite(room, [ERIN])
    await slack.invite(room, [ERIN, OMAR, "U0SUPPORT"])
    members = next(one["members"] for one in await rig.people.channels() if one["id"] == room)
    assert set(members) == {"U0SUPPORT", ERIN, OMAR}


async def test_who_cannot_be_invited_keeps_nobody_else_out(rig: Rig, slack: Slack) -> None:
    room = await slack.create_private_channel("inc-acme-1")
    fault = await fault_of(slack.invite(room, ["U0GONE", ERIN]))
    assert isinstance(fault, Lasting)
    assert fault.error == "user_not_found"
    members = next(one["members"] for one in await rig.people.channels() if one["id"] == room)
    assert ERIN in members


async def test_a_pin_is_made_once(rig: Rig, slack: Slack) -> None:
    posted = await slack.post(ACME, None, LINE, "id")
    await slack.pin(posted)
    await slack.pin(posted)
    assert [one["ts"] for one in await slack.pinned(ACME)] == [posted.ts]
    assert len(await rig.people.pins(ACME)) == 1


async def test_who_we_are_and_who_is_in_a_group(slack: Slack) -> None:
    assert (await slack.identify())["user_id"] == "U0SUPPORT"
    assert await slack.members_of_group("S0ONCALL") == [OMAR]
    assert await slack.pinned(TRIAGE) == []
