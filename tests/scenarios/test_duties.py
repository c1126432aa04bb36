"""The duties of technical account managers, by `/tam calendar` and `/tam done`, in both languages."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from policy.duties import DutyDone, DutyUndone
from tests.scenarios.desk import ACCOUNTS, ACME, BEN, ERIN, HOME, OMAR, TABLES, TRIAGE, Desk, desk
from tests.scenarios.forged import command, press

TOM, HIRO = "U0TOM", "U0HIRO"


@pytest.fixture
async def d(empty_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    acme, hinode = ACCOUNTS
    accounts = [
        {**acme, "tam_service": True, "tam": OMAR, "tam_since": "2026-09-01"},
        {**hinode, "tam_service": True, "tam": HIRO, "tam_since": "2026-11-01"},
        {**acme, "key": "PLAIN", "name": "Plain", "channel": "C0PLAIN", "tam": OMAR},
    ]
    staff = {
        **TABLES["staff"],
        "engineers": [ERIN],
        "engineers_group": None,
        "admins": [TOM],
        "zones": {OMAR: "America/New_York", HIRO: "Asia/Tokyo"},
    }
    async with desk(empty_url, tmp_path, tables={**TABLES, "staff": staff}, accounts=accounts) as running:
        people = ((TOM, "tom", "en-US"), (HIRO, "hiro", "ja-JP"))
        for user, name, locale in people:
            await running.people.add_user({"id": user, "team": HOME, "name": name, "locale": locale})
            await running.people.join(user, TRIAGE)
        yield running


async def tam(d: Desk, user: str, words: str) -> str:
    return str((await d.people.command(user, TRIAGE, "/tam", words)).body)


async def days(d: Desk, account: str, duty: str) -> list[str]:
    return [day.isoformat() for day in (await d.bot.store.duties.of(account)).days(duty)]


async def test_a_tam_sees_what_is_next_and_what_is_overdue(d: Desk) -> None:
    shown = await tam(d, OMAR, "calendar")
    # 17 November in New York: the start counts.
    assert "Duties: 1 account, 2 overdue* (days in America/New_York)" in shown
    assert "*Acme (ACME)*" in shown
    assert "*Regular call* · today, Tue, Nov 17, 2026 · :warning: overdue since Tue, Sep 8, 2026" in shown
    assert "turns missed: 10 · never recorded as done" in shown
    assert "*Product road-map review* · Tue, Dec 1, 2026 · :warning: overdue since Thu, Oct 1, 2026" in shown
    assert "*Production deployment review* · Tue, Dec 1, 2026 · never" in shown
    assert "*Onsite production assessment* · Mon, Mar 1, 2027" in shown
    assert "HINODE" not in shown
    assert "PLAIN" not in shown
    assert shown.count("Done today") == 4

    # An account of a colleague's is none of theirs; one without the service has no duties.
    assert "There is no account `HINODE` of yours" in await tam(d, OMAR, "calendar HINODE")
    assert "PLAIN has no service of a technical account manager" in await tam(d, OMAR, "calendar plain")


async def test_others_may_look_and_not_record(d: Desk) -> None:
    for user in (ERIN, TOM):
        shown = await tam(d, user, "calendar")
        assert "Acme (ACME)" in shown
        assert f"TAM: <@{HIRO}>" in shown
        assert "Done today" not in shown
        refused = await tam(d, user, "done call ACME")
        assert f"recorded by its technical account manager (<@{OMAR}>)" in refused
    assert "This is for support staff" in str((await d.people.command(BEN, ACME, "/tam", "calendar")).body)
    assert "This is for support staff" in str(
        (await d.people.command(BEN, ACME, "/tam", "done call ACME")).body
    )
    assert (await d.bot.store.duties.of("ACME")).days("call") == ()


async def test_what_was_done_counts_and_is_taken_back(d: Desk) -> None:
    told = await tam(d, OMAR, "done call ACME")
    assert "*Regular call* for Acme (ACME): done on Tue, Nov 17, 2026. Next: Tue, Nov 24, 2026" in told
    assert "`/tam done call ACME undo`" in told
    told = await tam(d, OMAR, "done Product road-map review acme 2026-10-31")
    assert "done on Sat, Oct 31, 2026. Next: Mon, Nov 30, 2026" in told
    assert "recorded for Sat, Oct 31, 2026 already, by <@U0OMAR>" in await tam(
        d, OMAR, "done ACME roadmap 31 October"
    )
    assert "1 account, 0 overdue" in await tam(d, OMAR, "calendar ACME")

    assert "that it was done on Tue, Nov 17, 2026 is taken back" in await tam(d, OMAR, "done call ACME undo")
    assert "2 overdue" not in (shown := await tam(d, OMAR, "calendar"))
    assert "1 overdue" in shown
    assert "was never recorded as done" in await tam(d, OMAR, "done call ACME undo")
    entries = (await d.bot.store.duties.of("ACME")).entries
    assert [type(one) for one in entries][-3:] == [DutyDone, DutyDone, DutyUndone]


async def test_by_the_button_of_the_calendar(d: Desk) -> None:
    answer = await d.people.command(OMAR, TRIAGE, "/tam", "calendar")
    button = next(
        block["accessory"]
        for block in answer.body["blocks"]
        if block.get("accessory", {}).get("value") == "deployment ACME"
    )
    assert button["action_id"] == "duty_done:deployment"
    assert (await press(d, OMAR, HOME, TRIAGE, button["action_id"], button["value"])).status_code == 200
    assert await days(d, "ACME", "deployment") == ["2026-11-17"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("done", "Which duty was done?"),
        ("done lunch ACME", "Which duty was done?"),
        ("done call", "There is no account"),
        ("done call NOBODY", "There is no account `NOBODY` of yours"),
        ("done call HINODE", "There is no account `HINODE` of yours"),
        ("done call PLAIN", "PLAIN has no service"),
        ("done call ACME soon", "`soon` is no day that can be read in one way"),
        ("done call ACME last week", "is no day that can be read in one way"),
        ("done call ACME 2026-11-18", "2026-11-18 has not come yet"),
        ("done call ACME 2024-11-18", "more than a year ago"),
    ],
)
async def test_what_cannot_be_recorded_says_why_and_what_to_write(d: Desk, words: str, answer: str) -> None:
    told = await tam(d, OMAR, words)
    assert answer in told
    assert await days(d, "ACME", "call") == []


async def test_in_japanese(d: Desk) -> None:
    async def spoken() -> Any:
        shown = await tam(d, HIRO, "calendar")
        return shown if "定期業務" in shown else None

    shown = await d.people.wait_until(spoken)
    assert "定期業務: 1 アカウント、期限超過 1 件* (日付は Asia/Tokyo)" in shown
    assert (
        "*定例電話会議* · 2026年11月22日(日) · :warning: 2026年11月8日(日) から期限超過、未実施 2 回" in shown
    )
    told = await tam(d, HIRO, "done 定例電話会議 HINODE 昨日")
    assert "日の出運輸 (HINODE) の *定例電話会議* を 2026年11月17日(火) に実施したと記録しました" in told
    assert "`/tam done call HINODE undo`" in told
    assert "取り消しました" in await tam(d, HIRO, "done call HINODE 取り消し")
    assert "どの業務を実施しましたか" in await tam(d, HIRO, "done")


async def test_what_slack_delivers_twice_is_recorded_once(d: Desk) -> None:
    for _ in range(2):
        answer = await command(d, OMAR, HOME, TRIAGE, "done call ACME", name="/tam", trigger="trigger-1")
        assert "done on Tue, Nov 17, 2026" in answer.text
    assert await days(d, "ACME", "call") == ["2026-11-17"]
