"""The form that opens an incident: what it asks (`build`), how it is read (`parse`), what it turns into."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    DateTimePickerElement,
    InputBlock,
    MarkdownTextObject,
    Option,
    OptionGroup,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from commands.text import Text
from commands.views.escape import escaped, tidied
from commands.views.message import section, severity_label
from policy.directory import Account
from policy.schema import Policy
from policy.tickets import Person
from policy.transitions import Request

CALLBACK: Final = "open_incident"
OPEN_FORM: Final = "open_form"
"""The button that opens it; its value is a `Prefill`."""
NOT_SURE: Final = "not_sure"
TITLE_LIMIT: Final = 150
_TEXT_LIMIT: Final = 3_000
_CALLER_LIMIT: Final = 80
_VALUE_LIMIT: Final = 2_000
_VERSION_LIMIT: Final = 50


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the form carries along unseen: the key of the account whose it is (empty: it is chosen in the form), and
    the channel that the person acts in (empty: none). `offer` and `offered` are the `ts` of the offer that it
    was opened from, and of the message that this was made for."""

    account: str
    channel: str
    offer: str = ""
    offered: str = ""


class Prefill(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person has already said: a title, a severity's key, perhaps the rest of the form. `offered` is the `ts` of
    the message for which the form is offered (empty: for none)."""

    title: str = ""
    severity: str | None = None
    description: str = ""
    offered: str = ""
    impact: str | None = None
    production: bool = True
    component: str | None = None
    version: str = ""
    caller: str = ""
    reported: datetime | None = None

    @classmethod
    def again(cls, request: Request) -> "Prefill":
        """All that was filled in already."""
        return cls(
            title=request.title,
            severity=request.severity or NOT_SURE,
            description=request.description,
            impact=request.impact,
            production=request.production,
            component=request.component,
            version=request.product_version or "",
            caller=request.caller,
            reported=request.reported,
        )

    @classmethod
    def of(cls, words: str, *, whole: bool = False) -> "Prefill":
        """From a message: its first line is the title, and all of it the description: `whole`, or where the title
        leaves something out."""
        first = " ".join(next((line for line in words.splitlines() if line.strip()), "").split())
        is_all = first == " ".join(words.split()) and len(first) <= TITLE_LIMIT
        whole_text = "" if is_all and not whole else words.strip()
        return cls(title=first[:TITLE_LIMIT], description=whole_text[:_TEXT_LIMIT])

    def in_button(self) -> str:
        """As the value of a button, which holds 2000 characters: what is too much for it is cut."""
        cut = self
        while len(value := msgspec.json.encode(cut).decode()) > _VALUE_LIMIT:
            cut = msgspec.structs.replace(cut, description=cut.description[: len(cut.description) * 3 // 4])
        return value


def build(
    text: Text,
    policy: Policy,
    account: Account | None,
    meta: Meta,
    prefill: Prefill,
    *,
    accounts: Sequence[Account] = (),
    for_caller: bool = False,
    hint: str = "",
) -> View:
    """The empty or prefilled form of an account, or (None) of one of `accounts`, which is chosen in it. `for_caller`:
    staff fill it in, and may say who told them and when. `hint` stands above it, in mrkdwn."""
    severities = [Option(value=key, text=severity_label(text, policy, key)) for key in policy.severities]
    severities.append(Option(value=NOT_SURE, text=text("form.severity.not_sure")))
    chosen = next((option for option in severities if option.value == prefill.severity), None)
    yes, no = (Option(value=value, text=text(f"form.production.{value}")) for value in ("yes", "no"))
    head: list[Block] = [_whose(text, accounts)] if account is None else []
    if for_caller:
        head += _caller(text, prefill)
    if hint:
        head.insert(0, section(hint))
    name = escaped(account.name) if account else None
    intro = text("form.intro", account=name) if name else text("form.intro.choose")
    blocks: list[Block] = [
        _input(
            text,
            "title",
            PlainTextInputElement(
                action_id="title",
                max_length=TITLE_LIMIT,
                initial_value=prefill.title[:TITLE_LIMIT] or None,
                placeholder=text("form.title.placeholder"),
            ),
        ),
        _input(
            text,
            "severity",
            StaticSelectElement(
                action_id="severity",
                options=severities,
                initial_option=chosen,
                placeholder=text("form.severity.placeholder"),
            ),
        ),
        ContextBlock(elements=[MarkdownTextObject(text=_definitions(text, policy, account))]),
        _input(
            text,
            "description",
            PlainTextInputElement(
                action_id="description",
                multiline=True,
                max_length=_TEXT_LIMIT,
                initial_value=prefill.description[:_TEXT_LIMIT] or None,
            ),
            optional=True,
        ),
        _input(
            text, "impact", _choices(text, "impact", policy.impacts.values(), prefill.impact), optional=True
        ),
        _input(
            text,
            "production",
            RadioButtonsElement(
                action_id="production",
                options=[yes, no],
                initial_option=yes if prefill.production else no,
            ),
        ),
        _input(
            text,
            "component",
            _choices(text, "component", policy.components.values(), prefill.component),
            optional=True,
        ),
        _input(
            text,
            "version",
            PlainTextInputElement(
                action_id="version",
                max_length=_VERSION_LIMIT,
                initial_value=prefill.version[:_VERSION_LIMIT] or None,
            ),
            optional=True,
        ),
    ]
    return View(
        type="modal",
        callback_id=CALLBACK,
        title=PlainTextObject(text=text("form.heading")),
        submit=PlainTextObject(text=text("form.submit")),
        close=PlainTextObject(text=text("form.close")),
        private_metadata=msgspec.json.encode(meta).decode(),
        blocks=[section(intro), *head, *blocks],
    )


class Missing(msgspec.Struct, frozen=True):
    """A field that must be filled is empty: the id of its block."""

    block: str


def parse(view: Mapping[str, Any], opener: Person) -> tuple[Meta, Request | Missing]:
    """What was submitted. Raises msgspec.ValidationError on metadata that is not ours."""
    meta = msgspec.json.decode(view["private_metadata"], type=Meta)
    values = view["state"]["values"]
    if not meta.account:
        chosen = _selected(values, "account")
        if chosen is None:
            return meta, Missing("account")
        meta = msgspec.structs.replace(meta, account=chosen)
    title = " ".join((_typed(values, "title") or "").split())
    severity = _selected(values, "severity")
    if not title:
        return meta, Missing("title")
    if severity is None:
        return meta, Missing("severity")
    request = Request(
        title=title[:TITLE_LIMIT],
        severity=None if severity == NOT_SURE else severity,
        opener=opener,
        channel=meta.channel,
        description=_typed(values, "description") or "",
        impact=_selected(values, "impact"),
        production=_selected(values, "production") != "no",
        component=_selected(values, "component"),
        product_version=_typed(values, "version"),
        reported=_instant(values, "reported"),
        caller=" ".join((_typed(values, "caller") or "").split())[:_CALLER_LIMIT],
    )
    return meta, request


def _whose(text: Text, accounts: Sequence[Account]) -> InputBlock:
    """A choice of the accounts, in groups where a menu holds no more: 100 groups of 100."""
    options = [Option(value=one.key, text=f"{one.key} · {one.name}"[:75]) for one in accounts]
    groups = [
        OptionGroup(label=f"{group[0].value} – {group[-1].value}", options=group)
        for group in (options[start : start + 100] for start in range(0, len(options), 100))
    ]
    menu = StaticSelectElement(
        action_id="account",
        options=options if len(groups) == 1 else None,
        option_groups=groups if len(groups) > 1 else None,
        placeholder=PlainTextObject(text=text("form.choose")),
    )
    return _input(text, "account", menu)


def _caller(text: Text, prefill: Prefill) -> list[Block]:
    name = PlainTextInputElement(
        action_id="caller", max_length=_CALLER_LIMIT, initial_value=prefill.caller[:_CALLER_LIMIT] or None
    )
    reported = InputBlock(
        block_id="reported",
        label=PlainTextObject(text=text("form.reported")),
        hint=PlainTextObject(text=text("form.reported.hint")),
        element=DateTimePickerElement(
            action_id="reported",
            initial_date_time=int(prefill.reported.timestamp()) if prefill.reported else None,
        ),
        optional=True,
    )
    return [_input(text, "caller", name, optional=True), reported]


def _definitions(text: Text, policy: Policy, account: Account | None) -> str:
    """Each severity in the words that the account's plan is shown first; of no account, in the policy's own."""
    lines = []
    for key in policy.severities:
        (_, definition), *_ = policy.definitions(key, account.plan if account else None)
        words = " ".join(
            clause[text.language] for clause in definition.clauses(account.tier if account else 0)
        )
        label = severity_label(text, policy, key)
        lines.append(text("form.severity.definition", severity=label, definition=words))
    return "\n".join([*lines, text("form.severity.not_sure.hint")])


def _input(text: Text, name: str, element: Any, *, optional: bool = False) -> InputBlock:
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=text(f"form.{name}")),
        element=element,
        optional=optional,
    )


def _choices(text: Text, name: str, choices: Iterable[Any], chosen: str | None) -> StaticSelectElement:
    options = [Option(value=choice.key, text=choice.name[text.language]) for choice in choices]
    first = next((option for option in options if option.value == chosen), None)
    return StaticSelectElement(
        action_id=name, options=options, initial_option=first, placeholder=text("form.choose")
    )


def _typed(values: Mapping[str, Any], name: str) -> str | None:
    typed = values.get(name, {}).get(name, {}).get("value")
    return tidied(typed) or None if isinstance(typed, str) else None


def _instant(values: Mapping[str, Any], name: str) -> datetime | None:
    seconds = values.get(name, {}).get(name, {}).get("selected_date_time")
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _selected(values: Mapping[str, Any], name: str) -> str | None:
    option = values.get(name, {}).get(name, {}).get("selected_option")
    return option.get("value") if isinstance(option, Mapping) else None
