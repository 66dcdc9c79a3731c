"""One-time codes under attack: used at two nodes at once, guessed, another's, and looked for where data rests."""

import json
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.authenticators import Authenticator
from tests.user import mfa_devices
from tests.user import server as servers
from tests.user.accounts import Accounts
from tests.user.client import Aws, Keys, User
from tests.user.mfa_devices import proof

WRONG = "MultiFactorAuthentication failed with invalid MFA one time pass code."
DONE = "done"
ROUNDS = 5


@pytest.fixture
def nodes(store_url: str, tmp_path: Path) -> Iterator[tuple[Aws, Aws]]:
    """The same fresh account through two servers on one store, once on each engine."""
    data = tmp_path / "data"
    given = None if store_url.startswith("sqlite:") else store_url
    started = []
    accounts = None
    try:
        for _ in range(2):
            started.append(servers.start(data, database_url=given))
        accounts = Accounts(data, started[0].database_url)
        account_id, access_key_id, secret_access_key = accounts.create()
        one = Aws(started[0].url, account_id, Keys(access_key_id, secret_access_key), accounts)
        yield one, one.at(started[1].url)
        for client in one.clients:
            client.close()
    finally:
        if accounts is not None:
            accounts.close()
        for each in started:
            each.stop()


def answer(call: Callable[..., Any], **parameters: Any) -> str:
    """`done`, or the message of the refusal."""
    try:
        call(**parameters)
    except ClientError as refusal:
        return str(refusal.response["Error"]["Message"])
    return DONE


def at_once(calls: Sequence[Callable[[], str]]) -> Counter[str]:
    """Make all calls at the same time; how many had which answer."""
    start = threading.Barrier(len(calls))

    def begin(call: Callable[[], str]) -> str:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return Counter(threads.map(begin, calls))


def test_the_same_code_at_both_nodes_at_once_is_accepted_once(nodes: tuple[Aws, Aws]) -> None:
    """One test, since starting the servers takes longer than all the rounds."""
    one, other = nodes
    iam, ana = one.admin("iam"), one.user("ana")
    role = one.role("deploy", trust=ana.arn)
    device = mfa_devices.enable(iam, "ana")
    clients = [one.client("sts", ana), other.client("sts", ana)]

    for _ in range(ROUNDS):
        given = proof(device)
        becoming = {"RoleArn": role.arn, "RoleSessionName": "work", **given}
        calls = [partial(answer, client.get_session_token, **given) for client in clients]
        calls += [partial(answer, client.assume_role, **becoming) for client in clients]

        assert at_once(calls * 2) == {DONE: 1, WRONG: 7}
        mfa_devices.set_ahead(iam, "ana", device)

    enabled_once(one, other)
    for number in range(ROUNDS):
        enabled_for_nobody(one, other, f"passing-{number}")
    guesses_at_both_nodes_are_counted_together(one, other, device)


def enabled_once(one: Aws, other: Aws) -> None:
    """The same two codes enable a device for one of two users, at two nodes at once."""
    iams = [one.admin("iam"), other.admin("iam")]
    for name in ("ben", "cho"):
        iams[0].create_user(UserName=name)
    device = mfa_devices.create(iams[0], "shared")
    pair = {"SerialNumber": device.serial_number, **device.pair()}

    seen = at_once(
        [partial(answer, iam.enable_mfa_device, UserName=name, **pair) for iam in iams for name in ("ben", "cho")]
    )

    assert seen == {DONE: 1, "MFA Device already in use.": 3}


def enabled_for_nobody(one: Aws, other: Aws, name: str) -> None:
    """A user is deleted at one node while a device is enabled for it at the other: one of the two is refused."""
    iam = one.admin("iam")
    iam.create_user(UserName=name)
    device = mfa_devices.create(iam, name)
    enable = other.admin("iam").enable_mfa_device

    seen = at_once(
        [
            partial(answer, iam.delete_user, UserName=name),
            partial(answer, enable, UserName=name, SerialNumber=device.serial_number, **device.pair()),
        ]
    )

    assert seen in (
        {DONE: 1, f"The user with name {name} cannot be found.": 1},
        {DONE: 1, "Cannot delete entity, must delete MFA device first.": 1},
    )
    [shown] = [each for each in _devices(iam) if each["SerialNumber"] == device.serial_number]
    assert ("EnableDate" in shown) == ("User" in shown) == ("Cannot delete" in "".join(seen))


def _devices(iam: Any) -> list[dict[str, Any]]:
    devices: list[dict[str, Any]] = iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    return devices


def guesses_at_both_nodes_are_counted_together(one: Aws, other: Aws, device: Authenticator) -> None:
    """However many guesses come at once, after five wrong ones none is looked at: also the right one is refused."""
    ana = one.client("sts", _key_of(one, "ana")), other.client("sts", _key_of(one, "ana", second=True))
    wrong = proof(device, device.wrong_code())

    seen = at_once([partial(answer, client.get_session_token, **wrong) for client in ana * 6])

    assert seen == {WRONG: 12}
    for client in ana:
        assert answer(client.get_session_token, **proof(device)) == WRONG


def _key_of(aws: Aws, user: str, *, second: bool = False) -> dict[str, str]:
    iam = aws.admin("iam")
    if not second:
        for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    made: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
    return made


@pytest.fixture
def ana(aws: Aws) -> User:
    return aws.user("ana")


@pytest.fixture
def device(aws: Aws, ana: User) -> Authenticator:
    """A device of ana's."""
    return mfa_devices.enable(aws.admin("iam"), "ana")


def test_guessing_is_stopped_and_looks_no_different_from_a_wrong_code(
    aws: Aws, ana: User, device: Authenticator
) -> None:
    sts = ana.client("sts")
    role = aws.role("deploy", trust=ana.arn)
    wrong = proof(device, device.wrong_code())
    guesses = [answer(sts.get_session_token, **wrong) for _ in range(3)]
    guesses += [answer(sts.assume_role, RoleArn=role.arn, RoleSessionName="work", **wrong) for _ in range(2)]

    assert {*guesses, answer(sts.get_session_token, **proof(device))} == {WRONG}
    assert answer(sts.assume_role, RoleArn=role.arn, RoleSessionName="work", **proof(device)) == WRONG
    resync = answer(aws.admin("iam").resync_mfa_device, UserName="ana", **resynced(device))
    assert resync == "Authentication code for device is not valid."


def resynced(device: Authenticator) -> dict[str, str]:
    return {"SerialNumber": device.serial_number, **device.pair(1)}


def test_another_device_of_the_same_user_goes_on_while_one_is_stopped(
    aws: Aws, ana: User, device: Authenticator
) -> None:
    spare = mfa_devices.enable(aws.admin("iam"), "ana", "spare")
    sts = ana.client("sts")
    for _ in range(6):
        answer(sts.get_session_token, **proof(device, device.wrong_code()))

    sts.get_session_token(**proof(spare))


def test_nobody_can_stop_the_device_of_another(aws: Aws, device: Authenticator, ana: User) -> None:
    ben = aws.user("ben", allow=["*"])
    ben_elsewhere = aws.other().user("ana", allow=["*"])
    for stranger in (ben, ben_elsewhere):
        for _ in range(6):
            assert answer(stranger.client("sts").get_session_token, **proof(device, device.wrong_code())) != DONE

    ana.client("sts").get_session_token(**proof(device))


def test_a_guess_beside_a_role_that_cannot_be_assumed_is_counted_as_well(
    aws: Aws, ana: User, device: Authenticator
) -> None:
    nothing = {"RoleArn": f"arn:aws:iam::{aws.account_id}:role/nothing", "RoleSessionName": "work"}
    sts = ana.client("sts")

    guesses = {answer(sts.assume_role, **nothing, **proof(device, device.wrong_code())) for _ in range(5)}

    assert guesses == {WRONG}
    assert answer(sts.get_session_token, **proof(device)) == WRONG


@pytest.mark.parametrize(
    "spell", [str.upper, lambda serial: serial + "/", lambda serial: serial.replace("mfa/", "mfa//")]
)
def test_no_other_spelling_is_the_device(ana: User, device: Authenticator, spell: Callable[[str], str]) -> None:
    parameters = {**proof(device), "SerialNumber": spell(device.serial_number)}

    assert answer(ana.client("sts").get_session_token, **parameters).startswith(
        "MultiFactorAuthentication failed, unable to validate MFA code.  "
    )


def test_a_device_made_again_under_the_same_name_is_another(aws: Aws, ana: User, device: Authenticator) -> None:
    iam = aws.admin("iam")
    iam.deactivate_mfa_device(UserName="ana", SerialNumber=device.serial_number)
    iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)
    again = mfa_devices.enable(iam, "ana")

    assert again.serial_number == device.serial_number
    assert answer(ana.client("sts").get_session_token, **proof(device)) == WRONG
    ana.client("sts").get_session_token(**proof(again))


def test_deleting_a_user_and_making_it_again_gives_nobody_its_device(
    aws: Aws, ana: User, device: Authenticator
) -> None:
    iam = aws.admin("iam")
    iam.delete_access_key(UserName="ana", AccessKeyId=ana.access_key_id)
    seen = at_once(
        [
            partial(answer, iam.delete_user, UserName="ana"),
            partial(answer, iam.deactivate_mfa_device, UserName="ana", SerialNumber=device.serial_number),
        ]
    )
    answer(iam.delete_user, UserName="ana")
    iam.create_user(UserName="ana")

    assert seen.keys() <= {DONE, "Cannot delete entity, must delete MFA device first."}
    assert iam.list_mfa_devices(UserName="ana")["MFADevices"] == []
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == [{"SerialNumber": device.serial_number}]


def test_neither_seed_nor_code_is_found_in_what_was_written(
    start_server: Callable[..., servers.Server], tmp_path: Path
) -> None:
    server = start_server()
    accounts = Accounts(server.data, server.database_url)
    account_id, access_key_id, secret_access_key = accounts.create()
    aws = Aws(server.url, account_id, Keys(access_key_id, secret_access_key), accounts)
    iam, ana = aws.admin("iam"), aws.user("ana")
    device = mfa_devices.enable(iam, "ana")
    given = proof(device)
    wrong = device.wrong_code()
    answer(ana.client("sts").get_session_token, **proof(device, wrong))
    ana.client("sts").get_session_token(**given)
    accounts.close()
    server.stop()

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        assert device.seed.encode() not in path.read_bytes(), path
    events = _events(server)
    assert any(device.serial_number in event for event in events)
    for event in events:
        for code in (given["TokenCode"], wrong, *device.pair(-1).values()):
            assert code not in re.findall(r"(?<![0-9a-f-])\d{6}(?![0-9a-f-])", event), json.loads(event)["eventName"]


def _events(server: servers.Server) -> list[str]:
    with sqlite3.connect(server.database_url.removeprefix("sqlite:")) as database:
        return [str(body) for (body,) in database.execute("SELECT body FROM events")]
