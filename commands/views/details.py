"""What the card leaves out, for the card's thread: what was reported, in the reporter's words, and on what terms. It
stands as it was at the opening. No phone number stands here: others than those entitled to it read along."""

from slack_sdk.models.blocks import Block

from commands.text import Text
from commands.views import handles
from commands.views.card import Scene
from commands.views.escape import fitted, joined, pieces
from commands.views.message import Message, context, mention, section, severity_label
from commands.views.terms import hours_name
from policy.entitlement import outside_cover
from policy.support_time import Promise, promise
from policy.versions import AskVersion, ConsultativeOnly, Supported, VersionSupport


def details(scene: Scene, version: VersionSupport) -> Message:
    """`version` is what is owed on the version that was given."""
    text, ticket = scene.text, scene.ticket
    head = text(
        "details.head", id=ticket.id, opener=mention(ticket.opener.user), time=scene.time(ticket.opened)
    )
    words = pieces(ticket.description, mark=">") or [text("details.no_description")]
    blocks: list[Block] = [section(one) for one in joined([head, *words])]
    lines = [*_answers(scene), _version(scene, version), *_terms(scene)]
    lock = text("details.lock", id=ticket.id, title=fitted(ticket.title, 150))
    told = context("\n".join(line for line in lines if line))
    return Message(text=lock, blocks=[*blocks, told, *handles.on_details(text, ticket)])


def _answers(scene: Scene) -> list[str]:
    """Who opened it, and which severity the person and the answers speak for."""
    text, ticket, policy = scene.text, scene.ticket, scene.policy
    lines = []
    if ticket.not_contact and not ticket.stranger:
        lines.append(text("details.not_contact"))
    if ticket.caller:
        opener = mention(ticket.opener.user)
        lines.append(text("details.caller", caller=fitted(ticket.caller, 100), opener=opener))
    if ticket.reported is not None:
        lines.append(text("details.reported", time=scene.time(ticket.reported)))
    if ticket.chosen and ticket.suggested and ticket.chosen != ticket.suggested:
        chosen = severity_label(text, policy, ticket.chosen)
        lines.append(
            text("details.suggested", chosen=chosen, suggested=severity_label(text, policy, ticket.suggested))
        )
    return lines


def _version(scene: Scene, version: VersionSupport) -> str:
    text = scene.text
    match version:
        case Supported(release, _, fixes_in) if fixes_in is not None:
            return text("details.version.older", version=release.version, latest=fixes_in.version)
        case ConsultativeOnly(release, ended, current):
            day = text.day(ended)
            return text("details.version.old", version=release.version, day=day, latest=current.version)
        case AskVersion(given, _, current) if given is not None:
            return text("details.version.unknown", version=fitted(given, 100), latest=current.version)
        case _:
            given = scene.ticket.product_version
            return text(
                "details.version", version=fitted(given, 100) if given else text("details.no_version")
            )


def _terms(scene: Scene) -> list[str]:
    """What the account is entitled to for this ticket."""
    text, ticket, policy = scene.text, scene.ticket, scene.policy
    promised = promise(policy, ticket.coverage, policy.severity(ticket.severity))
    lines = [
        text("details.hours", hours=hours_name(text, policy, promised.calendar)),
        text(
            "details.promise",
            severity=severity_label(text, policy, ticket.severity),
            respond=text.duration(promised.respond),
            updates=_updates(text, promised),
        ),
    ]
    if outside := outside_cover(policy, ticket.plan, ticket.component):
        component = outside.component.name[text.language]
        plan = policy.plans[ticket.plan].name[text.language]
        lines.append(text("details.outside_cover", plan=plan, component=fitted(component, 100)))
    return lines


def _updates(text: Text, promised: Promise) -> str:
    if promised.update_every is not None:
        return text("details.updates", every=text.duration(promised.update_every))
    if promised.update_on_request is not None:
        return text("details.updates.on_request", within=text.duration(promised.update_on_request))
    return text("details.updates.unpromised")
