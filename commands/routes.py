"""The list of routes: every command, button, form, shortcut and event, and who answers it.

`commands.dispatch` reads Slack's payloads, looks the answer up here and gives it.
"""

from collections.abc import Mapping
from typing import Final

from commands import (
    acknowledge,
    agree,
    ask,
    assign,
    cancel,
    channels,
    confirm,
    duties,
    join,
    late,
    link,
    mentions,
    merge,
    note,
    offers,
    open_for,
    outage,
    production,
    reopen,
    resolve,
    scope,
    score,
    severity,
    shortcuts,
    show,
    snooze,
    summary,
    summary_files,
    support,
    tam,
    thread,
    timeline,
    update,
    wait,
    why,
    worse,
)
from commands import open as opening
from commands.answers import ByButton, ByForm, ByInput, ByShortcut
from commands.dispatch import Dispatch, OnEvent
from commands.names import DEFAULT_NAMES, CommandNames
from commands.roles import Act
from commands.views import (
    assign_form,
    closing,
    comment_form,
    form,
    merge_form,
    reopen_form,
    resolve_form,
    scope_form,
    severity_form,
    update_form,
    worse_form,
)
from commands.views.desk import OUR_PLAN, OUR_TERMS, OUR_TICKETS
from commands.views.duties import DUTY_DONE
from commands.views.summary_buttons import SUMMARY, SUMMARY_CHART, SUMMARY_REPORT
from commands.views.thread import AGREE_UPDATE, ASK_UPDATE, GOT_WORSE
from commands.words import TICKET, Subcommand, Words

INCIDENT: Final[Mapping[str, Subcommand]] = {
    "list": Subcommand(show.list_by_command, words=r"mine|all|[a-z][a-z0-9]{1,11}"),
    "show": Subcommand(show.show_by_command, Act.SHOW, words=TICKET),
    "why": Subcommand(why.by_command, Act.WHY, words=TICKET),
    "ask": Subcommand(ask.by_command, Act.ASK, words=TICKET),
    "worse": Subcommand(worse.by_command, Act.WORSE, words=r".*"),
    "for": Subcommand(open_for.by_command, Act.OPEN_FOR),
    "help": Subcommand(show.help_by_command),
    "ack": Subcommand(acknowledge.by_command, Act.ACKNOWLEDGE),
    "update": Subcommand(update.by_command, Act.UPDATE),
    "resolve": Subcommand(resolve.by_command, Act.RESOLVE),
    "confirm": Subcommand(confirm.by_command, Act.CONFIRM, words=TICKET),
    "reopen": Subcommand(reopen.by_command, Act.REOPEN, words=r".*"),
    "severity": Subcommand(severity.by_command, Act.SEVERITY),
    "production": Subcommand(production.by_command, Act.PRODUCTION),
    "assign": Subcommand(assign.by_command, Act.ASSIGN),
    "wait": Subcommand(wait.by_command, Act.WAIT),
    "resume": Subcommand(wait.resume_by_command, Act.RESUME),
    "note": Subcommand(note.NOTING.by_command, Act.NOTE),
    "late": Subcommand(late.EXPLAINING.by_command, Act.LATE),
    "snooze": Subcommand(snooze.by_command, Act.SNOOZE),
    "scope": Subcommand(scope.by_command, Act.SCOPE),
    "merge": Subcommand(merge.by_command, Act.MERGE),
    "cancel": Subcommand(cancel.CANCELLING.by_command, Act.CANCEL),
    "link": Subcommand(link.by_command, Act.LINK),
    "join": Subcommand(join.by_command, Act.JOIN),
    "timeline": Subcommand(timeline.by_command, Act.TIMELINE, words=TICKET),
    "outage": Subcommand(outage.by_command, Act.OUTAGE),
    # Not typed so, but said in a mention, which speaks these words alone.
    "summary": Subcommand(summary.by_mention, words=summary.PERIOD),
}

SUPPORT: Final[Mapping[str, Subcommand]] = {
    **{name: Subcommand(answer, words=r".*") for name, answer in support.SUBCOMMANDS.items()},
    "summary": Subcommand(summary.for_customers, words=r".*"),
}

TAM: Final[Mapping[str, Subcommand]] = {
    "summary": Subcommand(summary.for_staff, words=r".*"),
    "accounts": Subcommand(tam.accounts, words=r".*"),
    "calendar": Subcommand(duties.calendar, words=r".*"),
    "done": Subcommand(duties.done, words=r".*"),
    "help": Subcommand(tam.help_by_command, words=r".*"),
}


def commands(names: CommandNames) -> Mapping[str, Words]:
    """By name; the first is what a mention of the bot speaks."""
    return {
        names.incident: Words(INCIDENT, otherwise=opening.by_command),
        names.support: Words(SUPPORT, otherwise=support.help_by_command),
        names.tam: Words(TAM, otherwise=tam.help_by_command),
    }


BUTTONS: Final[Mapping[str, ByButton]] = {
    form.OPEN_FORM: opening.by_button,
    OUR_TICKETS: show.by_button,
    OUR_PLAN: support.our_plan,
    OUR_TERMS: support.our_terms,
    ASK_UPDATE: ask.by_button,
    GOT_WORSE: worse.by_button,
    "acknowledge": acknowledge.by_button,
    "post_update": update.by_button,
    "resolve": resolve.by_button,
    "why": why.by_button,
    AGREE_UPDATE: agree.by_button,
    closing.CONFIRM: confirm.by_button,
    closing.REOPEN: reopen.by_button,
    closing.COMMENT: score.comment_by_button,
    **score.BUTTONS,
    "severity": severity.by_button,
    "assign": assign.by_button,
    "wait": wait.by_button,
    "resume": wait.resume_by_button,
    "note": note.NOTING.by_button,
    "late": late.EXPLAINING.by_button,
    "snooze": snooze.by_button,
    "scope": scope.by_button,
    "merge": merge.by_button,
    "cancel": cancel.CANCELLING.by_button,
    "link": link.by_button,
    "join": join.by_button,
    "timeline": timeline.by_button,
    DUTY_DONE: duties.done_by_button,
    SUMMARY: summary.by_button,
    SUMMARY_CHART: summary_files.chart,
    SUMMARY_REPORT: summary_files.report,
}
"""By what stands before a colon in the action's id; of a menu's options, by the first word of their value, the
button's value being the rest."""

INPUTS: Final[Mapping[str, ByInput]] = {
    update_form.PHRASE: update.phrase_chosen,
    update_form.TEMPLATE: update.template_pressed,
}
"""By the id of an action inside a form that answers while it is being filled in."""

FORMS: Final[Mapping[str, ByForm]] = {
    form.CALLBACK: opening.submitted,
    worse_form.CALLBACK: worse.submitted,
    update_form.CALLBACK: update.submitted,
    resolve_form.CALLBACK: resolve.submitted,
    reopen_form.CALLBACK: reopen.submitted,
    comment_form.CALLBACK: score.comment_submitted,
    severity_form.CALLBACK: severity.submitted,
    assign_form.CALLBACK: assign.submitted,
    "wait": wait.submitted,
    "cancel": cancel.CANCELLING.submitted,
    "note": note.NOTING.submitted,
    "late": late.EXPLAINING.submitted,
    "snooze": snooze.submitted,
    "link": link.submitted,
    merge_form.CALLBACK: merge.submitted,
    scope_form.CALLBACK: scope.submitted,
}

SHORTCUTS: Final[Mapping[str, ByShortcut]] = {
    shortcuts.OPEN: shortcuts.open_anywhere,
    shortcuts.OPEN_FROM_MESSAGE: shortcuts.open_from_message,
    shortcuts.SEND_AS_UPDATE: shortcuts.send_as_update,
}

EVENTS: Final[Mapping[str, OnEvent]] = {
    "message": thread.written,
    "app_mention": mentions.mentioned,
    "reaction_added": offers.reacted,
    "channel_id_changed": channels.id_changed,
    "channel_shared": channels.shared,
    "channel_unshared": channels.unshared,
    "channel_left": channels.bot_left,
    "group_left": channels.bot_left,
    "channel_archive": channels.archived,
    "group_archive": channels.archived,
    "member_joined_channel": channels.joined,
}


def routes(names: CommandNames = DEFAULT_NAMES) -> Dispatch:
    """All of them."""
    return Dispatch(commands(names), BUTTONS, INPUTS, FORMS, SHORTCUTS, EVENTS)
