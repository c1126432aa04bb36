"""A stand-in for Slack: Web API, dispatch by HTTP and Socket Mode, people, and faults on demand."""

from sandbox.client import Client
from sandbox.definition import WorldDefinition, load
from sandbox.errors import DefinitionError, Refused
from sandbox.server import Box, serve
from sandbox.wire import Attempt, Call, Change, Changes, Dispatch, OpenView, Outcome

__all__ = [
    "Attempt",
    "Box",
    "Call",
    "Change",
    "Changes",
    "Client",
    "DefinitionError",
    "Dispatch",
    "OpenView",
    "Outcome",
    "Refused",
    "WorldDefinition",
    "load",
    "serve",
]
