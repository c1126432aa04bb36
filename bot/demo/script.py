"""One incident from start to end, played by made-up people against the running parts."""

from typing import Any

from bot.demo.screen import Screen
from bot.demo.world import ACME_CHANNEL, ANN, ERIN, HANA, HINODE_CHANNEL
from sandbox import Client


async def play(people: Client, screen: Screen) -> None:
    """Walks through it; what the channels show is printed by `screen.follow` meanwhile. Raises TimeoutError
    when something does not appear."""
    await screen.until_shown("Get support")
    await screen.until_shown("サポートに連絡")

    screen.say("Ann of Acme types: /incident sev1 API answers 502 for everyone")
    await people.command(ANN, ACME_CHANNEL, "/incident", "sev1 API answers 502 for everyone")
    await _submit(
        people,
        screen,
        ANN,
        {
            "description": "Since 10:02 every request fails. Deployments are blocked.",
            "impact": "down",
            "component": "api",
            "version": "9.4.1",
        },
    )
    screen.say(
        "The worker announces it: the customer's thread, the incident channel with its card, the call."
    )
    await screen.until_shown("inc-acme-1")
    room = await _channel(people, "inc-acme-1")
    await screen.until_shown("Owner: none")

    screen.say("Nobody acknowledges. Ten minutes of the demo's clock pass; the worker reminds.")
    await screen.until_shown("nobody has it. Response due")

    screen.say("Erin presses Acknowledge on the card.")
    card = await _message(people, room, "Owner: none")
    await people.click(ERIN, room, card["ts"], "acknowledge")
    await screen.until_shown("has taken ACME-1")

    screen.say("Erin presses Post update and writes what the customer will read.")
    await people.click(ERIN, room, card["ts"], "post_update")
    await _submit(people, screen, ERIN, {"text": "A bad deployment of the gateway. We are rolling it back."})
    await screen.until_shown("rolling it back")

    screen.say("Ann answers in the thread; staff see it in their room.")
    root = await _message(people, ACME_CHANNEL, "ACME-1")
    await people.say(ANN, ACME_CHANNEL, "Thank you. Half of our requests work again.", thread_ts=root["ts"])
    await screen.until_shown("Half of our requests")

    screen.say("Forty-five minutes without an update pass; the worker gives Erin a heads-up.")
    await screen.until_shown("update due")

    screen.say("Erin resolves it: /incident resolve")
    await people.command(ERIN, room, "/incident", "resolve Rolled back; all requests work again.")
    await screen.until_shown("ACME-1 is resolved")

    screen.say(
        "Hana of 日の出運輸 belongs to another company: she has the button, no commands, and her language."
    )
    (pinned,) = await people.pins(HINODE_CHANNEL)
    await people.click(HANA, HINODE_CHANNEL, pinned["ts"], "open_form")
    await _submit(
        people,
        screen,
        HANA,
        {"title": "レポートの表示が遅い", "severity": "3", "impact": "delays", "component": "ui"},
    )
    await screen.until_shown("HINODE-1")
    await screen.until_shown("までに初回応答をいたします")


async def _submit(people: Client, screen: Screen, user: str, values: dict[str, Any]) -> None:
    (form,) = await people.views(user)
    done = await people.submit(user, form.id, values)
    if done.view is not None:
        screen.show_view(done.view)
        (shown,) = await people.views(user)
        await people.close_view(user, shown.id)


async def _channel(people: Client, name: str) -> str:
    return next(str(c["id"]) for c in await people.channels() if c["name"] == name)


async def _message(people: Client, channel: str, words: str) -> dict[str, Any]:
    return await people.wait_for(channel, lambda message: words in str(message))
