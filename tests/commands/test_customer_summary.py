"""A summary as the customer reads it, in both languages, within Slack's limits; nothing of the staff's is in it."""

import re
from typing import Any, Final

import pytest
from msgspec.structs import replace

from commands.views.customer_lines import customer_parts
from commands.views.summary import customer_pages
from commands.views.summary_buttons import next_button, read_shown, shown
from policy.customer_summaries import CustomerSummary, for_customer
from policy.figures import Figures, Step
from policy.schema import LANGUAGES, Language
from policy.summaries import Summary
from tests.commands.test_leaks import CANARY, example
from tests.commands.test_summary_lines import summed, words
from tests.commands.test_summary_messages import check
from tests.policy import golden_week as golden
from tests.policy.golden_week import ACME, SECRETS, WEEK

TOLD: Final = {
    "Summary.name",
    "Summary.account",
    "Breach.ticket",
    "Breach.owner",
    "Waited.ticket",
    "SeverityChange.ticket",
    "Again.ticket",
    "OldVersion.ticket",
    "OldVersion.version",
    "OpenTicket.ticket",
    "OpenTicket.title",
    "OpenTicket.owner",
    "OutageTold.id",
    "Uptime.month",
    "Uptime.uptime_percent",
    "Uptime.guarantee_percent",
    "Uptime.credit_percent",
}
"""The texts of a summary that its customer reads."""


def every_text_a_canary() -> Summary:
    """A summary that says at each text where it stands: by its type and field."""
    whole: Any = example(Figures, "Figures")
    parts: dict[str, Any] = {}
    for field in Figures.__struct_fields__:
        value = getattr(whole, field)
        if isinstance(value, tuple) and value and hasattr(value[0], "__struct_fields__"):
            name = type(value[0]).__name__
            parts[field] = (example(type(value[0]), name),)
    figures = replace(whole, **parts)
    real = summed(ACME, [*golden.acme()])
    canaries: Any = example(Summary, "Summary")
    return replace(
        canaries,
        period=WEEK,
        before=real.before,
        figures=figures,
        long_waits=(f"{CANARY} Summary.long_waits ",),
        outages=(example(type(real.outages[0]), "OutageTold"),),
        uptime=(example(type(real.uptime[0]), "Uptime"),),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_each_text_only_what_is_public_reaches_the_customer(language: Language) -> None:
    read = set[str]()
    for step in Step:
        planted = every_text_a_canary()
        (open_now,) = planted.figures.open_now
        open_now = replace(open_now, step=step, ball=step.ball)
        planted = replace(planted, figures=replace(planted.figures, open_now=(open_now,)))
        for page in customer_pages(words(language), for_customer(planted)):
            read |= set(re.findall(rf"{CANARY} ([\w.]+) ", str(page.payload())))
    assert read == TOLD


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_week_of_the_docs_for_its_customer(language: Language) -> None:
    theirs: CustomerSummary = for_customer(summed(ACME, [*golden.acme()]))
    (message,) = customer_pages(words(language), theirs)
    told = "\n".join(check(message.payload()))
    assert "ACME-3" in told
    assert "2/3" in message.text
    assert not any(secret in told + message.text for secret in SECRETS)


def test_it_speaks_to_the_customer() -> None:
    theirs = for_customer(summed(ACME, [*golden.acme()]))
    told = {part.heading: part.lines for part in customer_parts(words("en"), theirs)}
    assert told["Open tickets"] == (
        "ACME-3 Normal, ACME 3. With us: status update by Sat, Oct 10 00:00 BST. Owner: <@U-ERIN>",
        "ACME-4 Low, ACME 4. With us: first response by 15:00 BST. Owner: nobody",
    )
    assert told["Waiting for your answer"] == (
        "ACME-3: 1 day; promises stood still for 1 day of support time",
    )
    assert told["Late"][0] == (
        "ACME-1: status update due Mon, Oct 5 12:20 BST, 20 min late. Owner then: <@U-ERIN>"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_one_has_pages_each_with_the_way_to_the_next(language: Language) -> None:
    late = [
        golden.life(ACME, number, "1", "2026-10-05 09:00", ("2026-10-05 12:00", golden.take()))
        for number in range(1, 401)
    ]
    said = words(language)
    to = shown("ACME", WEEK, customer=True)
    pages = customer_pages(
        said,
        for_customer(summed(ACME, [*late])),
        lambda number: next_button(said.text, replace(to, page=number)),
    )
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        payload = page.payload()
        check(payload)
        assert sum(len(block["text"]["text"]) for block in payload["blocks"] if "text" in block) < 13_000
        buttons = [one for block in payload["blocks"] for one in block.get("elements", []) if "value" in one]
        assert [read_shown(one["value"]) for one in buttons] == (
            [replace(to, page=number + 1)] if number < len(pages) else []
        )


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ACME",
        "[]",
        '["ACME"]',
        '["ACME","2026-10-05T00:00:00","2026-10-12T00:00:00","UTC"]',
        '["ACME","2026-10-12T00:00:00Z","2026-10-05T00:00:00Z","UTC"]',
        '["ACME","2020-10-05T00:00:00Z","2026-10-12T00:00:00Z","UTC"]',
        '["ACME","2026-10-05T00:00:00Z","2026-10-12T00:00:00Z","Mars/Olympus"]',
        '["ACME","2026-10-05T00:00:00Z","2026-10-12T00:00:00Z","../../etc/passwd"]',
        '["ACME","2026-10-05T00:00:00Z","2026-10-12T00:00:00Z","UTC","week",1,0]',
        '["ACME","2026-10-05T00:00:00Z","2026-10-12T00:00:00Z","UTC","week",99999999,1]',
        '["ACME","0001-01-01T00:00:00Z","0001-01-12T00:00:00Z","UTC","month",36,1]',
    ],
)
def test_a_forged_button_shows_nothing(value: str) -> None:
    assert read_shown(value) is None


def test_a_button_carries_what_it_shows() -> None:
    assert (again := read_shown(shown("ACME", WEEK, page=2).encoded())) is not None
    assert again.period == WEEK
    assert (again.account, again.page, again.customer) == ("ACME", 2, False)
