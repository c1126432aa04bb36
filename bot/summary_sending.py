"""Sending the chart or the report of a summary to whoever asked for it in Slack.

Files are sent at least once: what was sent when an answer was lost is sent again.
"""

import logging
import re
from collections.abc import Callable
from typing import Final

from bot.drawing import REPORTED, Form
from bot.drawing_process import NotDrawn, draw_apart
from bot.people import names_of, people_in
from bot.posting import Item, Posting
from bot.slack import Lasting, Slack
from commands.ports import Clock, DutyHistories
from commands.summaries import Books, pull
from commands.text import Text, Texts
from commands.trends import pull_duties, pull_weeks
from commands.views.chart import Chart, alternative, chart_of
from commands.views.report import Report, report_page
from commands.views.summary_file import file_comment
from policy.customer_summaries import CustomerSummary, for_customer, meetings_of
from policy.directory import Account, Directory
from policy.effects import SendSummary
from policy.summaries import Summary

log = logging.getLogger(__name__)

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9-]+")


class SummaryFiles:
    """`send` raises SlackFault, Paced, LeaseGone and the store's errors; Lasting where nothing can be drawn."""

    def __init__(
        self,
        slack: Slack,
        posting: Posting,
        books: Books,
        duties: DutyHistories,
        directory: Callable[[], Directory],
        clock: Clock,
        texts: Texts,
        vendor: str | None,
    ) -> None:
        self._slack = slack
        self._posting = posting
        self._books = books
        self._duties = duties
        self._directory = directory
        self._clock = clock
        self._texts = texts
        self._vendor = vendor

    async def send(self, item: Item, wanted: SendSummary) -> None:
        account = self._directory().accounts.get(wanted.account)
        if account is None:
            log.warning("there is no account %s any more: nobody gets its summary", wanted.account)
            return
        channel = wanted.channel or await self._slack.direct_message(wanted.by.user)
        await self._posting.take_turn(item, channel)
        summary = await pull(self._books, account, wanted.period, self._clock.now())
        found: Summary | CustomerSummary = for_customer(summary) if wanted.for_customer else summary
        text = self._texts(wanted.language)
        weeks = await pull_weeks(self._books, account, wanted.period, found.made)
        chart = chart_of(text, self._books.policies.current, found, weeks)
        try:
            if wanted.shape == "chart":
                content, told = (await draw_apart(chart, [Form.PNG]))[Form.PNG], alternative(text, chart)
            else:
                content, told = (await self._report(text, account, found, chart)).encode(), None
        except NotDrawn as fault:
            log.error("%s: the %s was not drawn: %s", account.key, wanted.shape, fault)
            raise Lasting(f"not drawn: {fault}") from fault
        await self._slack.upload(
            channel,
            wanted.thread if wanted.channel else None,
            name=_file_name(wanted, account),
            content=content,
            title=f"{chart.title} {chart.subtitle}",
            told=told,
            comment=file_comment(text, wanted, found),
        )

    async def _report(
        self, text: Text, account: Account, found: Summary | CustomerSummary, chart: Chart
    ) -> str:
        staff = found if isinstance(found, Summary) else None
        customer = found if isinstance(found, CustomerSummary) else for_customer(found)
        pictures = await draw_apart(chart, REPORTED)
        names = await names_of(people_in(customer, staff), account, self._slack)
        duties = await pull_duties(self._books, self._duties, account, found.period, found.made)
        return report_page(
            Report(
                text=text,
                policy=self._books.policies.current,
                customer=customer,
                staff=staff,
                chart=chart,
                pictures={form.value: svg for form, svg in pictures.items()},
                person=lambda user: names.get(user, user),
                vendor=self._vendor,
                meetings=meetings_of(duties),
                duties=duties if staff else (),
            )
        )


def _file_name(wanted: SendSummary, account: Account) -> str:
    first, last = wanted.period.first_day, wanted.period.last_day
    end = "png" if wanted.shape == "chart" else "html"
    side = "" if wanted.for_customer or wanted.shape == "chart" else "-internal"
    return f"{_NO_NAME.sub('-', account.key).lower()}-{wanted.shape}{side}-{first}-{last}.{end}"
