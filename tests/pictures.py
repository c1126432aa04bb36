"""The pictures of docs/summaries.md, made anew: `make pictures`.

The chart and the report of the week that the page works out, and the summary with its chart as Slack shows it (in the
stand-in for Slack), in both languages. Pages are photographed by Chromium, which has to be on the PATH.
"""

import asyncio
import shutil
import sys
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any, Final

import aiohttp
from PIL import Image

from bot.drawing import REPORTED, Form, drawn
from commands.text import text
from commands.views.chart import chart_of
from commands.views.report import Report, report_page
from policy.customer_summaries import for_customer
from policy.schema import LANGUAGES, Language
from policy.summaries import Rows, summarise
from policy.trends import week_by_week, weeks_until
from storage.embedded import EmbeddedServer
from tests.policy import golden_week as golden
from tests.policy.samples import default_policy
from tests.scenarios.desk import ACCOUNTS, ACME, BEN, HOME, TABLES, TRIAGE, desk
from tests.scenarios.forged import press

FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"
_READER: Final = "U0KEI"
_NAMES: Final = {"en": "Acme", "ja": "株式会社アクメ"}
_PEOPLE: Final = {golden.ERIN: "Erin Park", golden.OMAR: "Omar Haddad"}
_WIDTH: Final = 760
"""Of the pictures in the docs, in pixels."""
_SHOWN: Final = {
    "slack": "document.querySelector('#messages .actions button')",
    "slack-chart": "document.querySelector('#messages li img')?.complete",
}
"""When the page of the stand-in shows what it is to show."""


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as room:
        for language in LANGUAGES:
            asyncio.run(_of_the_week(language, chromium, Path(room)))
            asyncio.run(_in_slack(language, chromium, Path(room)))
    for file in sorted(FOLDER.glob("*.png")):
        sys.stdout.write(f"{file.relative_to(FOLDER.parents[1])}: {file.stat().st_size // 1024} KB\n")


async def _of_the_week(language: Language, chromium: str, room: Path) -> None:
    """The chart, and the top of the customer's report."""
    said, policy, lived = text(language), default_policy(), golden.acme()
    rows = Rows(lived, [golden.OUTAGE])
    summary = summarise(
        golden.ACME,
        rows,
        golden.WEEK,
        golden.MONDAY_MORNING,
        policy=policy,
        policy_of=lambda _: policy,
        releases=golden.RELEASES,
        before=rows,
    )
    customer = for_customer(summary)
    weeks = week_by_week(
        lived,
        weeks_until(golden.WEEK, golden.MONDAY_MORNING),
        golden.MONDAY_MORNING,
        lambda _: policy,
    )
    chart = chart_of(said, policy, customer, weeks)
    picture = room / "chart.png"
    picture.write_bytes(drawn(chart, Form.PNG))
    _kept(picture, f"chart.{language}.png", width=540)
    page = room / "report.html"
    report = Report(
        text=said,
        policy=policy,
        customer=customer,
        staff=None,
        chart=chart,
        pictures={form.value: drawn(chart, form) for form in REPORTED},
        person=lambda user: _PEOPLE.get(user, user),
        vendor="Scalr",
    )
    page.write_text(report_page(report), encoding="utf-8")
    await _photograph(chromium, page.as_uri(), room / "report.png", 1000, 1650)
    _kept(room / "report.png", f"report.{language}.png", width=_WIDTH)


async def _in_slack(language: Language, chromium: str, room: Path) -> None:
    """A summary and its chart, as an engineer sees them."""
    acme = {**ACCOUNTS[0], "name": _NAMES[language], "language": language}
    tables: dict[str, Any] = {
        **TABLES,
        "staff": {"engineers": [_READER], "triage_channel": TRIAGE, "language": language},
    }
    home = room / f"slack-{language}"
    home.mkdir()
    accounts = [acme, ACCOUNTS[1]]
    async with (
        EmbeddedServer(home / "data") as server,
        desk(server.url, home, tables=tables, accounts=accounts) as d,
    ):
        locale = {"en": "en-GB", "ja": "ja-JP"}[language]
        await d.people.add_user({"id": _READER, "team": HOME, "name": "kei", "locale": locale})
        for channel in (TRIAGE, ACME):
            await d.people.join(_READER, channel)
        await d.open_ticket(BEN, ACME, title=_title(language))
        while d.bot.staff.language(_READER) != language:
            await d.people.command(_READER, TRIAGE, "/incident", "list")
        d.pass_time(minutes=20)
        await d.people.command(_READER, TRIAGE, "/incident", "ack ACME-1")
        d.pass_time(hours=30)
        done = await d.people.command(_READER, TRIAGE, "/tam", "summary ACME this week")
        chart = done.body["blocks"][-1]["elements"][0]
        await press(d, _READER, HOME, TRIAGE, chart["action_id"], chart["value"])
        direct = await d.people.dm(_READER)
        await d.people.wait_for(direct, lambda one: one.get("files"), within_s=60)
        for place, name, height in ((TRIAGE, "slack", 1500), (direct, "slack-chart", 860)):
            shot = home / f"{name}.png"
            address = f"{d.box.url}/#{_READER}/{place}"
            await _photograph(chromium, address, shot, 1000, height, until=_SHOWN[name])
            _kept(shot, f"{name}.{language}.png", width=_WIDTH)


def _title(language: Language) -> str:
    return "API に接続できません" if language == "ja" else "The API does not answer"


async def _photograph(
    chromium: str, address: str, to: Path, width: int, height: int, until: str = "true"
) -> None:
    """A page as a browser of that size shows it, once an expression is true there."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = await asyncio.create_subprocess_exec(
            chromium,
            *(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
            ),
            *(f"--user-data-dir={profile}", f"--window-size={width},{height}", address),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60), aiohttp.ClientSession() as http:
                to.write_bytes(await _taken(http, Path(profile) / "DevToolsActivePort", until))
        finally:
            browser.terminate()
            await browser.wait()


async def _taken(http: aiohttp.ClientSession, told: Path, until: str) -> bytes:
    while not (told.exists() and told.read_text().strip()):
        await asyncio.sleep(0.1)
    port = told.read_text().split()[0]
    async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
        (page,) = [one for one in await answer.json() if one["type"] == "page"]
    async with http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:

        async def ask(method: str, **given: Any) -> Any:
            await socket.send_json({"id": 1, "method": method, "params": given})
            while (said := await socket.receive_json()).get("id") != 1:
                continue
            return said["result"]

        while not (await ask("Runtime.evaluate", expression=f"Boolean({until})"))["result"].get("value"):
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)  # what is there is drawn
        return b64decode((await ask("Page.captureScreenshot", format="png"))["data"])


def _kept(made: Path, name: str, *, width: int) -> None:
    """Of modest size: few colours do for what is drawn."""
    with Image.open(made) as image:
        small = image.convert("RGB").resize(
            (width, round(image.height * width / image.width)), Image.Resampling.LANCZOS
        )
        small.quantize(160, dither=Image.Dither.NONE).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
