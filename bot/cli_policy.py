"""`supportbot policy`: what is promised, and what follows from it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_common import Json, fail, iso, print_json, table, usage
from bot.cli_credit import policy_credit
from bot.settings import read_settings

policy_app = typer.Typer(no_args_is_help=True, help="The support policy.")
policy_app.command("credit")(policy_credit)


@policy_app.command("show")
def policy_show(as_json: Json = False) -> None:
    """The policy in force: the default with your overrides over it."""
    policy = read_settings().policy
    if as_json:
        print_json({"version": policy.version, **policy.source})
        return
    from policy.durations import format_duration

    print(f"version {policy.version}")
    rows = [
        (
            s.key,
            s.name.en,
            format_duration(s.respond),
            format_duration(s.update_every) if s.update_every else "on request",
            s.room,
        )
        for s in policy.severities.values()
    ]
    table(("SEVERITY", "NAME", "RESPOND", "UPDATE EVERY", "ROOM"), rows)


@policy_app.command("check")
def policy_check(file: Path) -> None:
    """Read a supportbot.toml as the bot would, and say what is wrong with it."""
    from policy.calendars import WeeklyCalendar
    from policy.ranges import CalendarError

    settings = read_settings({"supportbot_config": file})
    for calendar in settings.policy.calendars.values():
        try:
            if isinstance(calendar, WeeklyCalendar):
                calendar.check()
        except CalendarError as error:
            fail(f"{file}: {error}")
    print(f"{file}: good, policy version {settings.policy.version}")


@policy_app.command("deadline")
def policy_deadline(
    plan: Annotated[str, typer.Option()],
    severity: Annotated[str, typer.Option()],
    region: Annotated[str, typer.Option()],
    opened: Annotated[str, typer.Option(help="ISO 8601, with an offset or Z.")],
    responded: Annotated[str | None, typer.Option(help="When the first response was given.")] = None,
    production: bool = True,
    as_json: Json = False,
) -> None:
    """The deadlines and reminders of a ticket opened at an instant, exact to the second."""
    from policy.clocks import SlotKind, slots_until_due, start_response, start_update
    from policy.support_time import Coverage, promise

    policy = read_settings().policy
    found = policy.find_severity(severity)
    for name, is_known, known in (
        ("plan", plan in policy.plans, policy.plans),
        ("severity", found is not None, policy.severities),
        ("region", region in policy.regions, policy.regions),
    ):
        if not is_known:
            usage(f"--{name}: expected one of {', '.join(known)}")
    assert found is not None
    promised = promise(policy, Coverage(plan=plan, region=region, production=production), found)
    response = start_response(policy, promised, instant(opened, "--opened"))
    update = start_update(policy, promised, instant(responded, "--responded")) if responded else None
    answer = {
        "response_due": iso(response.due),
        "response_reminders": [
            iso(slot.at) for slot in slots_until_due(policy, response) if slot.kind is not SlotKind.UNOWNED
        ],
        "update_due": iso(update.due) if update else None,
        "heads_up": iso(slots_until_due(policy, update)[0].at) if update else None,
        "calendar": response.calendar,
    }
    if as_json:
        print_json(answer)
        return
    for name, value in answer.items():
        print(f"{name:<20} {', '.join(value) if isinstance(value, list) else value or '-'}")


def instant(text: str, option: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        usage(f"{option}: expected an ISO 8601 instant such as 2026-11-20T15:00:00+09:00, got {text!r}")
    if instant.tzinfo is None or abs(instant.utcoffset() or timedelta()) >= timedelta(days=1):
        usage(f"{option}: expected an offset or Z at the end of {text!r}")
    return instant.astimezone(UTC)
