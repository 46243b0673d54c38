"""What is a refusal? Pure: standard library only."""

from __future__ import annotations


class DomainError(Exception):
    """A refusal that a person can meet: a stable ``code`` and parameters, no prose.

    ``errorpages.py`` gives every code its status and its text in each language.
    """

    code = "refused"

    def __init__(self, **parameters: object) -> None:
        super().__init__(self.code)
        self.parameters = parameters
