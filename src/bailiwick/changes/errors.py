"""Errors of ApplyChanges, by the codes of the service's own model."""

from bailiwick.sts.sessions import errors


class InvalidInput(errors.InvalidInput):
    """A change cannot be read, or is none."""
