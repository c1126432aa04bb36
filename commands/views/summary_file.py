"""What stands above a chart or a report that is sent as a file."""

from commands.text import Text
from commands.views.escape import escaped
from commands.views.message import mention
from commands.views.period import period_words
from policy.customer_summaries import CustomerSummary
from policy.effects import SendSummary
from policy.summaries import Summary


def file_comment(text: Text, wanted: SendSummary, found: Summary | CustomerSummary) -> str:
    """What it is, of when, for whom; and who asked for it where others read it too."""
    internal = wanted.shape == "report" and not wanted.for_customer
    kind = "internal" if internal else wanted.shape
    told = text(
        f"summary.file.{kind}",
        name=escaped(found.name),
        period=period_words(text, found.period, found.made),
    )
    if wanted.channel is None:
        return told
    return text("summary.file.asked", told=told, by=mention(wanted.by.user))
