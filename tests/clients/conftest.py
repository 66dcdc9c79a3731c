"""Clients that `make clients` installs; without them their tests are not collected."""

import importlib.util

from tests.user.conftest import accounts, aws, database_url, server

__all__ = ["accounts", "aws", "database_url", "server"]

collect_ignore = [
    file
    for package, file in (("ansible", "test_ansible.py"), ("cloudsplaining", "test_auditor.py"))
    if importlib.util.find_spec(package) is None
]
