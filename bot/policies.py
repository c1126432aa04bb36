"""The policy of today, and those that older tickets were opened under, by version."""

from collections.abc import Callable

from policy.directory import Directory
from policy.load import read_policy
from policy.schema import Policy


class PolicyBook:
    """Policies of other versions are read from the directory when first asked for, and kept."""

    def __init__(self, current: Policy, directory: Callable[[], Directory]) -> None:
        self.current = current
        self._directory = directory
        self._read = {current.version: current}

    def of(self, version: str) -> Policy:
        """Raises KeyError for a version that the directory does not hold: every version that a ticket was
        opened under is put there before its first ticket."""
        if version not in self._read:
            source = self._directory().policies[version]
            self._read[version] = read_policy(source, file=f"policy version {version}")
        return self._read[version]
