"""The worked examples of AWS's evaluation rules, by number, as cases of the specification."""

from tests.specification.examples.accounts import ACROSS_ACCOUNTS, ONE_ACCOUNT, ORGANIZATIONS, TRUST
from tests.specification.examples.builders import Example
from tests.specification.examples.language import CONDITIONS, LANGUAGE

EXAMPLES = (*LANGUAGE, *CONDITIONS, *ONE_ACCOUNT, *ACROSS_ACCOUNTS, *ORGANIZATIONS, *TRUST)

__all__ = ["EXAMPLES", "Example"]
