"""Block Kit as Slack checks it: every limit that Slack enforces, with its own wording and JSON pointers."""

from sandbox.blocks.surfaces import check_blocks, check_metadata, check_view

__all__ = ["check_blocks", "check_metadata", "check_view"]
