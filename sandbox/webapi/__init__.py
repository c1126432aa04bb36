"""The Web API: one function a method, by family."""

from sandbox.webapi import channels, chat, directory, files, history, modals
from sandbox.webapi.context import Method

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **channels.METHODS,
    **history.METHODS,
    **directory.METHODS,
    **modals.METHODS,
    **files.METHODS,
}

__all__ = ["METHODS"]
