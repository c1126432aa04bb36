"""Summaries as Slack takes them: its limits, in both languages, however much there is; nothing typed gets through."""

from typing import Any

import pytest
from slack_sdk.models.blocks import ButtonElement

from commands.views.summary import account_pages, overview_message
from policy.overviews import overview
from policy.schema import LANGUAGES, Language
from tests.commands.test_summary_lines import summed, words
from tests.policy import golden_week as golden
from tests.policy.golden_week import ACME, BETA, CIRRUS, MONDAY_MORNING, WEEK
from tests.policy.samples import account


def check(payload: dict[str, Any]) -> list[str]:
    """The texts of the blocks of a message that Slack takes."""
    assert payload["text"]
    assert len(payload["text"]) < 1_000
    assert 1 <= len(payload["blocks"]) <= 50
    texts = [block["text"]["text"] for block in payload["blocks"] if "text" in block]
    assert all(0 < len(text) <= 3_000 for text in texts)
    assert all("<!channel>" not in text for text in texts)
    return texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_account_is_one_message(language: Language) -> None:
    (message,) = account_pages(words(language), summed(ACME, [*golden.acme()]))
    texts = check(message.payload())
    assert "2/3" in message.text
    assert any("ACME-3" in text for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_one_has_pages_and_loses_nothing(language: Language) -> None:
    of = account(name="Acme <!channel>")
    late = [
        golden.life(of, number, "1", "2026-10-05 09:00", ("2026-10-05 12:00", golden.take()))
        for number in range(1, 801)
    ]
    pages = account_pages(words(language), summed(of, [*late]))
    assert len(pages) > 1
    shown = "\n".join(text for page in pages for text in check(page.payload()))
    assert all(f"ACME-{number} " in shown.replace("：", " ").replace(":", " ") for number in range(1, 801))


def test_all_accounts_are_one_message_with_a_button_beside_those_that_want_a_look() -> None:
    every = [summed(CIRRUS, []), summed(BETA, [*golden.beta()]), summed(ACME, [*golden.acme()])]
    whole = overview(every, WEEK, MONDAY_MORNING)

    def button(summary: Any) -> ButtonElement:
        return ButtonElement(text=summary.name, action_id="open", value=summary.account)

    payload = overview_message(words("en"), whole, button).payload()
    texts = check(payload)
    assert texts[1].startswith("Acme: 1 late now: ACME-3")
    assert texts[2].startswith("Beta: BETA-7 waits for them")
    assert texts[3:] == ["Quiet: Cirrus", "Kept: first response 3/4, status updates 7/10"]
    assert [block["accessory"]["value"] for block in payload["blocks"] if "accessory" in block] == [
        "ACME",
        "BETA",
    ]
    assert payload["text"].splitlines()[-1] == "Kept: first response 3/4, status updates 7/10"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hundred_accounts_are_one_message(language: Language) -> None:
    every = []
    for number in range(120):
        of = account(f"A{number}", name=f"Account {number} <!channel> " + "&" * 60)
        late = golden.life(of, 1, "1", "2026-10-05 09:00", ("2026-10-05 12:00", golden.take()))
        every.append(summed(of, [late] if number < 100 else []))
    whole = overview(every, WEEK, MONDAY_MORNING)
    texts = check(overview_message(words(language), whole).payload())
    assert "0/100" in texts[-1]
    assert not any(text.rstrip("…").endswith(("&", "&a", "&am", "&amp")) for text in texts)
