"""`python -m bot`: the same as `supportbot`."""

from bot.cli import main

main()
