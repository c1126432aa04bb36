"""files.*: the two-step upload that Slack's clients use, and the message it ends in."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass

from sandbox.errors import SlackError
from sandbox.messages import Json
from sandbox.webapi.args import Args
from sandbox.webapi.context import Context, Method

MOST_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class File:
    """A file on its way or shared; ``content`` is None until it was uploaded."""

    id: str
    name: str
    length: int
    alt_text: str
    content: bytes | None = None
    title: str = ""

    def render(self, base_url: str, user: str) -> Json:
        """Slack's file object; the addresses are served by the sandbox."""
        kind = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        address = f"{base_url}/files/{self.id}/{self.name}"
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": kind,
            "filetype": self.name.rpartition(".")[2],
            "user": user,
            "size": self.length,
            "mode": "hosted",
            "is_external": False,
            "url_private": address,
            "url_private_download": address,
            "alt_txt": self.alt_text,
        }


def get_upload_url(context: Context, args: Args) -> Json:
    """Where to send one file of exactly ``length`` bytes."""
    name, length = args.need("filename"), args.need("length")
    if not length.isdigit() or not 0 < int(length) <= MOST_BYTES:
        raise SlackError("invalid_arguments", ["must be a positive integer [json-pointer:/length]"])
    file_id = context.world.new_id("F", context.files.__contains__)
    context.files[file_id] = File(file_id, name, int(length), args.text("alt_txt") or "")
    return {"upload_url": f"{context.base_url}/upload/{file_id}", "file_id": file_id}


def complete_upload(context: Context, args: Args) -> Json:
    """Finish uploads; with ``channel_id`` they are shared there in one message."""
    wanted = args.values_of("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise SlackError("invalid_arguments", ["missing required field: files [json-pointer:/files]"])
    files: list[File] = []
    for one in wanted:
        file = context.files.get(str(one.get("id")))
        if file is None or file.content is None:
            raise SlackError("file_not_found")
        file.title = str(one.get("title") or file.name)
        files.append(file)
    shown = [file.render(context.base_url, context.bot.id) for file in files]
    for channel_id in args.names("channels") or args.names("channel_id"):
        channel = context.joined(Args({"channel": channel_id}), writable=True)
        context.workspace.pace(channel)
        context.workspace.post(
            channel,
            context.bot,
            args.text("initial_comment") or "",
            thread_ts=args.text("thread_ts"),
            subtype="file_share",
            extra={"files": shown, "upload": True},
        )
    return {"files": shown}


def info(context: Context, args: Args) -> Json:
    """One file: the app's own, or one that a person has shared."""
    wanted = args.need("file")
    if wanted in context.world.files:
        return {"file": context.world.files[wanted]}
    file = context.files.get(wanted)
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    return {"file": file.render(context.base_url, context.bot.id)}


METHODS: dict[str, Method] = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": info,
}
