"""How long a provider's keys are used, and how often it is asked for them: with a real peer, and times passed in."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bailiwick.egress import Destinations, Egress, Route
from bailiwick.errors import AwsError
from bailiwick.iam.oidc_providers.record import OIDCProvider
from bailiwick.sts.errors import IDPCommunicationError, InvalidIdentityToken
from bailiwick.sts.web_identity import provider_keys
from bailiwick.sts.web_identity.provider_keys import ProviderKeys
from bailiwick.sts.web_identity.tokens import Header
from tests.https_peer import Answer, Peer, running
from tests.id_tokens import DISCOVERY, Issuer, SigningKey

HOST = "idp.example.com"
BEGIN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PROVIDER = OIDCProvider("111122223333", "OIDCONE", HOST, ("web",), ("a" * 40,), None, 0)
FIRST, SECOND = SigningKey.new("first", "ES256"), SigningKey.new("second", "ES256")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    with running(tmp_path, HOST) as peer:
        Issuer(HOST, [FIRST]).publish(peer)
        yield peer


@pytest.fixture
def found(peer: Peer) -> Iterator["Found"]:
    with asyncio.Runner() as runner:
        yield Found(peer, runner)


class Found:
    """What is found at a time, in minutes after the beginning, and how often the peer was asked."""

    def __init__(self, peer: Peer, runner: asyncio.Runner) -> None:
        self.peer = peer
        self._runner = runner
        routes = {HOST: Route("127.0.0.1", peer.port)}
        self.keys = ProviderKeys(Egress(Destinations(routes=routes), peer.authorities))

    def at(self, minutes: float, key_id: str = "first", provider: OIDCProvider = PROVIDER) -> str | None:
        """The id of the key found, or the code of the error."""
        now = BEGIN + timedelta(minutes=minutes)
        try:
            key = self._runner.run(self.keys.find(provider, Header("ES256", key_id), now))
        except AwsError as error:
            return error.code
        return key.key_id

    @property
    def asked(self) -> int:
        return [path for _, path in self.peer.asked].count("/keys")

    def broken(self) -> None:
        self.peer.answers[DISCOVERY] = Answer(503)

    def mended(self, *keys: SigningKey) -> None:
        Issuer(HOST, list(keys)).publish(self.peer)


def test_keys_are_used_for_five_minutes_without_asking(found: Found) -> None:
    assert [found.at(minutes) for minutes in (0, 1, 4.99)] == ["first"] * 3
    assert found.asked == 1

    assert found.at(5) == "first"
    assert found.asked == 2


def test_a_key_taken_away_ends_within_five_minutes(found: Found) -> None:
    assert found.at(0) == "first"
    found.mended(SECOND)

    assert found.at(4.99) == "first"
    assert found.at(5) == "InvalidIdentityToken"
    assert found.at(5, "second") == "second"


def test_a_new_key_is_found_at_once_and_the_old_ones_end_with_it(found: Found) -> None:
    assert found.at(0) == "first"
    found.mended(SECOND)

    assert found.at(0.1, "second") == "second"
    assert found.at(0.2) == "InvalidIdentityToken"


def test_a_provider_that_is_down_has_its_keys_for_an_hour_and_no_longer(found: Found) -> None:
    assert found.at(0) == "first"
    found.broken()

    assert [found.at(minutes) for minutes in (5, 5.5, 30, 59.99)] == ["first"] * 4
    assert found.at(60) == "IDPCommunicationError"
    assert found.at(60, "second") == "IDPCommunicationError"
    found.mended(FIRST)
    assert found.at(61.5) == "first"


def test_a_provider_that_is_down_is_asked_once_a_minute(found: Found) -> None:
    found.at(0)
    found.broken()
    before = len(found.peer.asked)

    for second in range(0, 180, 5):
        found.at(10 + second / 60)

    assert len(found.peer.asked) - before == 3


def test_a_provider_that_never_answered_is_asked_every_ten_seconds(found: Found) -> None:
    found.broken()

    told = [found.at(second / 60) for second in range(0, 60, 2)]

    assert set(told) == {"IDPCommunicationError"}
    assert len(found.peer.asked) == 6


def test_unknown_keys_make_a_provider_be_asked_once_a_minute_in_all(found: Found) -> None:
    found.at(0)

    for second in range(0, 240, 5):
        assert found.at(second / 60, f"unknown-{second}") == "InvalidIdentityToken"

    assert found.asked == 1 + 4


def test_another_provider_of_the_same_url_and_other_thumbprints_have_keys_of_their_own(found: Found) -> None:
    found.at(0)
    for other in (replace(PROVIDER, provider_id="OIDCTWO"), replace(PROVIDER, thumbprints=("b" * 40,))):
        found.at(0, provider=other)

    assert found.asked == 3


def test_no_more_providers_are_remembered_than_may_be(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_keys, "_MOST_PROVIDERS", 2)
    one, two, three = (replace(PROVIDER, provider_id=name) for name in ("ONE", "TWO", "THREE"))

    for provider in (one, two, one, three):
        found.at(0, provider=provider)
    assert found.asked == 3

    found.at(0, provider=one)
    found.at(0, provider=three)
    assert found.asked == 3
    found.at(0, provider=two)
    assert found.asked == 4


def test_no_more_keys_are_remembered_than_may_be(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_keys, "_MOST_KEYS", 3)
    found.mended(FIRST, SECOND)
    one, two = (replace(PROVIDER, provider_id=name) for name in ("ONE", "TWO"))

    for provider in (one, two, two):
        assert found.at(0, provider=provider) == "first"
    assert found.asked == 2
    assert found.at(0, provider=one) == "first"
    assert found.asked == 3


def test_one_accounts_slow_providers_wait_for_each_other(peer: Peer) -> None:
    peer.answers[DISCOVERY] = Answer(body=b"x" * 1000, pause=0.2)
    routes = {HOST: Route("127.0.0.1", peer.port)}
    keys = ProviderKeys(Egress(Destinations(routes=routes), peer.authorities), seconds=0.5)

    async def all_at_once() -> list[object]:
        providers = [replace(PROVIDER, provider_id=f"OIDC{number}") for number in range(10)]
        return await asyncio.gather(
            *(keys.find(provider, Header("ES256", "first"), BEGIN) for provider in providers), return_exceptions=True
        )

    told = asyncio.run(all_at_once())

    assert {type(error) for error in told} == {IDPCommunicationError}
    assert peer.connections == 4


def test_who_gives_up_takes_the_keys_from_nobody(peer: Peer) -> None:
    routes = {HOST: Route("127.0.0.1", peer.port)}
    keys = ProviderKeys(Egress(Destinations(routes=routes), peer.authorities))

    async def one_gives_up() -> str | None:
        first = asyncio.create_task(keys.find(PROVIDER, Header("ES256", "first"), BEGIN))
        second = asyncio.create_task(keys.find(PROVIDER, Header("ES256", "first"), BEGIN))
        await asyncio.sleep(0)
        first.cancel()
        return (await second).key_id

    assert asyncio.run(one_gives_up()) == "first"
    assert peer.connections == 2


def test_the_operator_is_told_why_and_the_caller_is_not(found: Found, caplog: pytest.LogCaptureFixture) -> None:
    found.mended(FIRST)
    found.peer.answers["/keys"] = Answer(404)

    with pytest.raises(InvalidIdentityToken) as told:
        asyncio.run(found.keys.find(PROVIDER, Header("ES256", "first"), BEGIN))

    assert "404" not in told.value.message
    assert [getattr(record, "reason", "") for record in caplog.records] == ["the keys were answered with 404"]
