"""Logs: readable at a terminal, JSON elsewhere. Tokens and what people wrote are never logged."""

import logging
import sys
from typing import Final

import structlog

LEVELS: Final = ("debug", "info", "warning", "error")


def configure(level: str) -> None:
    """Send every log of this process to stderr. An unknown level means `info`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    terminal = sys.stderr.isatty()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.PositionalArgumentsFormatter()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if terminal else [structlog.processors.format_exc_info]),
            _for_people() if terminal else structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(getattr(logging, level.upper() if level in LEVELS else "INFO"))
    for chatty in ("slack_bolt", "slack_sdk", "uvicorn", "asyncio"):
        logging.getLogger(chatty).setLevel(max(root.level, logging.WARNING))


def _for_people() -> structlog.dev.ConsoleRenderer:
    # The tracebacks it draws by default show local variables: tokens, numbers, what customers wrote.
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
