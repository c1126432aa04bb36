"""Texts of a policy, in every language that the product speaks."""

from typing import Final, Literal

import msgspec

Language = Literal["en", "ja"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "ja")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text of the policy in every language that the product speaks."""

    en: str
    ja: str

    def __getitem__(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en
