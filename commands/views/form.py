"""The form that opens an incident: what it asks (`build`), how it is read (`parse`), what it turns into."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
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
_VALUE_LIMIT: Final = 2_000
_VERSION_LIMIT: Final = 50


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the form carries along unseen: whose it is, and where the ticket's thread will be."""

    account: str
    channel: str


class Prefill(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person has already said: a title, a severity's key."""

    title: str = ""
    severity: str | None = None
    description: str = ""

    @classmethod
    def of(cls, words: str) -> "Prefill":
        """From a message: its first line is the title, all of it is quoted where that leaves something out."""
        first = " ".join(next((line for line in words.splitlines() if line.strip()), "").split())
        whole = "" if first == words.strip() and len(first) <= TITLE_LIMIT else words.strip()
        return cls(title=first[:TITLE_LIMIT], description=whole[:_TEXT_LIMIT])

    def in_button(self) -> str:
        """As the value of a button, which holds 2000 characters: what is too much for it is cut."""
        cut = self
        while len(value := msgspec.json.encode(cut).decode()) > _VALUE_LIMIT:
            cut = msgspec.structs.replace(cut, description=cut.description[: len(cut.description) * 3 // 4])
        return value


def build(text: Text, policy: Policy, account: Account, meta: Meta, prefill: Prefill) -> View:
    """The empty or prefilled form, in the account's language."""
    severities = [Option(value=key, text=severity_label(text, policy, key)) for key in policy.severities]
    severities.append(Option(value=NOT_SURE, text=text("form.severity.not_sure")))
    chosen = next((option for option in severities if option.value == prefill.severity), None)
    yes, no = (Option(value=value, text=text(f"form.production.{value}")) for value in ("yes", "no"))
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
        _input(text, "impact", _choices(text, "impact", policy.impacts.values()), optional=True),
        _input(
            text,
            "production",
            RadioButtonsElement(action_id="production", options=[yes, no], initial_option=yes),
        ),
        _input(text, "component", _choices(text, "component", policy.components.values()), optional=True),
        _input(
            text,
            "version",
            PlainTextInputElement(action_id="version", max_length=_VERSION_LIMIT),
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
        blocks=[section(text("form.intro", account=escaped(account.name))), *blocks],
    )


class Missing(msgspec.Struct, frozen=True):
    """A field that must be filled is empty: the id of its block."""

    block: str


def parse(view: Mapping[str, Any], opener: Person) -> tuple[Meta, Request | Missing]:
    """What was submitted. Raises msgspec.ValidationError on metadata that is not ours."""
    meta = msgspec.json.decode(view["private_metadata"], type=Meta)
    values = view["state"]["values"]
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
    )
    return meta, request


def _definitions(text: Text, policy: Policy, account: Account) -> str:
    """Each severity in the words that the account's plan is shown first."""
    lines = []
    for key in policy.severities:
        (_, definition), *_ = policy.definitions(key, account.plan)
        words = " ".join(clause[text.language] for clause in definition.clauses(account.tier))
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


def _choices(text: Text, name: str, choices: Iterable[Any]) -> StaticSelectElement:
    options = [Option(value=choice.key, text=choice.name[text.language]) for choice in choices]
    return StaticSelectElement(action_id=name, options=options, placeholder=text("form.choose"))


def _typed(values: Mapping[str, Any], name: str) -> str | None:
    typed = values.get(name, {}).get(name, {}).get("value")
    return tidied(typed) or None if isinstance(typed, str) else None


def _selected(values: Mapping[str, Any], name: str) -> str | None:
    option = values.get(name, {}).get(name, {}).get("selected_option")
    return option.get("value") if isinstance(option, Mapping) else None
