"""The demo: everything on this machine, no account anywhere."""

from bot.demo.run import run_demo

__all__ = ["run_demo"]
