"""The fixtures of the user's side, for tests that attack the running server."""

from tests.user.conftest import accounts, aws, database_url, second_server, server, start_server, two_nodes

__all__ = ["accounts", "aws", "database_url", "second_server", "server", "start_server", "two_nodes"]
