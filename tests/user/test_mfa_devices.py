"""MFA devices: made, enabled, synchronised, listed, tagged, deactivated and deleted, as boto3 sees it."""

import base64
import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import zxingcpp
from botocore.exceptions import ClientError
from PIL import Image

from tests.user import mfa_devices
from tests.user.client import Aws
from tests.user.refusals import denial_of, refused
from tests.user.root_sessions import root_keys
from tests.user.server import Server

WRONG_CODE = "Authentication code for device is not valid."
NOT_THEIRS = "MFA Device invalid for user."


@pytest.fixture
def iam(aws: Aws) -> Any:
    """IAM as the account's administrator, whose account has users `ana` and `ben`."""
    iam = aws.admin("iam")
    for name in ("ana", "ben"):
        iam.create_user(UserName=name)
    return iam


def serials(listed: dict[str, Any]) -> list[str]:
    """The serial numbers of a list, of either kind."""
    return [each["SerialNumber"] for each in listed.get("MFADevices") or listed["VirtualMFADevices"]]


def outcome(call: Callable[..., Any], **parameters: Any) -> str:
    try:
        call(**parameters)
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return "done"


# Virtual devices


def test_a_new_device_shows_its_seed_as_text_and_as_a_picture(aws: Aws, iam: Any) -> None:
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="Phone", Path="/staff/")["VirtualMFADevice"]

    assert made.keys() == {"SerialNumber", "Base32StringSeed", "QRCodePNG"}
    assert made["SerialNumber"] == f"arn:aws:iam::{aws.account_id}:mfa/staff/Phone"
    assert len(base64.b32decode(made["Base32StringSeed"])) == 40
    picture = Image.open(io.BytesIO(made["QRCodePNG"]))
    [code] = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    assert code.text == (
        f"otpauth://totp/Bailiwick:Phone@{aws.account_id}?secret={made['Base32StringSeed'].decode()}&issuer=Bailiwick"
    )
    again = iam.create_virtual_mfa_device(VirtualMFADeviceName="Other")["VirtualMFADevice"]
    assert again["Base32StringSeed"] != made["Base32StringSeed"]


def test_a_path_and_name_is_one_devices(iam: Any) -> None:
    mfa_devices.create(iam, "phone")

    with refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists."):
        mfa_devices.create(iam, "phone")
    mfa_devices.create(iam, "phone", Path="/staff/")


def test_of_many_at_once_one_is_made(iam: Any) -> None:
    with ThreadPoolExecutor(6) as pool:
        seen = Counter(
            pool.map(lambda _: outcome(iam.create_virtual_mfa_device, VirtualMFADeviceName="phone"), range(6))
        )

    assert seen == {"done": 1, "EntityAlreadyExists": 5}
    assert iam.get_account_summary()["SummaryMap"]["MFADevices"] == 1


def test_what_makes_no_serial_number_is_refused(aws: Aws, iam: Any) -> None:
    prefix = len(f"arn:aws:iam::{aws.account_id}:mfa/")

    with refused("ValidationError", having="must have at most 256 characters"):
        mfa_devices.create(iam, "n" * (257 - prefix))
    with refused("ValidationError", having="must have at most 256 characters"):
        mfa_devices.create(iam, "phone", Path="/st!aff/")
    with refused("ValidationError", having="virtualMFADeviceName is invalid"):
        mfa_devices.create(iam, "my phone")
    assert mfa_devices.create(iam, "n" * (256 - prefix)).serial_number.endswith("n")


def test_lists_show_whose_devices_are_and_since_when_and_never_the_seed(aws: Aws, iam: Any) -> None:
    loose = mfa_devices.create(iam, "loose", Tags=[{"Key": "team", "Value": "ops"}])
    mfa_devices.enable(iam, "ana")

    listed = iam.list_virtual_mfa_devices()

    assert listed["IsTruncated"] is False
    [of_ana, of_nobody] = listed["VirtualMFADevices"]
    assert of_nobody == {"SerialNumber": loose.serial_number}
    assert of_ana.keys() == {"SerialNumber", "User", "EnableDate"}
    assert of_ana["User"] == iam.get_user(UserName="ana")["User"]
    assert iam.list_mfa_devices(UserName="ANA")["MFADevices"] == [
        {"UserName": "ana", "SerialNumber": of_ana["SerialNumber"], "EnableDate": of_ana["EnableDate"]}
    ]


def test_virtual_devices_are_listed_by_whether_they_are_assigned(iam: Any) -> None:
    free = [mfa_devices.create(iam, name).serial_number for name in ("c", "a", "e")]
    used = [mfa_devices.enable(iam, "ana", name).serial_number for name in ("d", "b")]

    for status, expected in (("Assigned", used), ("Unassigned", free), ("Any", free + used)):
        assert serials(iam.list_virtual_mfa_devices(AssignmentStatus=status)) == sorted(expected)
        pages = iam.get_paginator("list_virtual_mfa_devices").paginate(
            AssignmentStatus=status, PaginationConfig={"PageSize": 2}
        )
        assert [serial for page in pages for serial in serials(page)] == sorted(expected)
    marker = iam.list_virtual_mfa_devices(AssignmentStatus="Any", MaxItems=1)["Marker"]
    with refused("ValidationError", "Invalid Marker."):
        iam.list_virtual_mfa_devices(AssignmentStatus="Assigned", Marker=marker)


def test_a_device_of_nobody_can_be_deleted_and_made_again_with_another_seed(iam: Any) -> None:
    tag = {"Key": "team", "Value": "ops"}
    device = mfa_devices.create(iam, "phone", Tags=[tag])
    iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)

    with refused("NoSuchEntity", f"VirtualMFADevice with serial number {device.serial_number} doesn't exist."):
        iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)
    again = mfa_devices.create(iam, "phone")
    assert again.seed != device.seed
    assert iam.list_mfa_device_tags(SerialNumber=again.serial_number)["Tags"] == []
    with refused("InvalidAuthenticationCode", WRONG_CODE):
        iam.enable_mfa_device(UserName="ana", SerialNumber=device.serial_number, **device.pair())
    assert iam.get_account_summary()["SummaryMap"]["MFADevices"] == 1


# Whose they are


def test_two_consecutive_codes_enable_a_device(iam: Any) -> None:
    device = mfa_devices.create(iam, "phone")
    pair = device.pair()
    codes = list(pair.values())

    for first, second in (codes[::-1], [codes[0]] * 2, [device.wrong_code(), codes[1]], [codes[0], device.code(2)]):
        with refused("InvalidAuthenticationCode", WRONG_CODE):
            iam.enable_mfa_device(
                UserName="ana",
                SerialNumber=device.serial_number,
                AuthenticationCode1=first,
                AuthenticationCode2=second,
            )
    assert iam.list_mfa_devices(UserName="ana")["MFADevices"] == []

    iam.enable_mfa_device(UserName="ana", SerialNumber=device.serial_number, **pair)

    assert serials(iam.list_mfa_devices(UserName="ana")) == [device.serial_number]


def test_wrong_codes_answer_403(iam: Any) -> None:
    device = mfa_devices.create(iam, "phone")

    with pytest.raises(ClientError) as refusal:
        iam.enable_mfa_device(UserName="ana", SerialNumber=device.serial_number, **device.pair(100))

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_device_is_enabled_for_one_user_once(iam: Any) -> None:
    device = mfa_devices.enable(iam, "ana")

    for user in ("ana", "ben"):
        with refused("EntityAlreadyExists", "MFA Device already in use."):
            iam.enable_mfa_device(UserName=user, SerialNumber=device.serial_number, **device.pair(1))


def test_a_user_has_eight_devices_at_most(iam: Any) -> None:
    for number in range(7):
        mfa_devices.enable(iam, "ana", f"phone-{number}")
    more = [mfa_devices.create(iam, f"more-{number}") for number in range(4)]

    with ThreadPoolExecutor(4) as pool:
        seen = Counter(
            pool.map(
                lambda device: outcome(
                    iam.enable_mfa_device, UserName="ana", SerialNumber=device.serial_number, **device.pair()
                ),
                more,
            )
        )

    assert seen == {"done": 1, "LimitExceeded": 3}
    with refused("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8"):
        mfa_devices.enable(iam, "ana", "last")
    mfa_devices.enable(iam, "ben", "bens")


def test_the_list_of_a_users_devices_is_paged_in_the_order_they_were_enabled(iam: Any) -> None:
    made = [mfa_devices.enable(iam, "ana", name).serial_number for name in ("c", "a", "b")]

    pages = iam.get_paginator("list_mfa_devices").paginate(UserName="ana", PaginationConfig={"PageSize": 2})

    assert [serials(page) for page in pages] == [made[:2], made[2:]]


def test_a_device_must_be_deactivated_before_it_can_be_deleted_and_is_somebody_elses_then(iam: Any) -> None:
    device = mfa_devices.enable(iam, "ana")
    with refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first."):
        iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)

    iam.deactivate_mfa_device(UserName="ana", SerialNumber=device.serial_number)

    with refused("NoSuchEntity", NOT_THEIRS):
        iam.deactivate_mfa_device(UserName="ana", SerialNumber=device.serial_number)
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == [{"SerialNumber": device.serial_number}]
    iam.enable_mfa_device(UserName="ben", SerialNumber=device.serial_number, **device.pair(1))
    assert serials(iam.list_mfa_devices(UserName="ben")) == [device.serial_number]


def test_only_the_users_own_device_is_synchronised_and_deactivated(aws: Aws, iam: Any) -> None:
    device = mfa_devices.enable(iam, "ana")
    loose = mfa_devices.create(iam, "loose")
    other = aws.other().admin("iam")
    other.create_user(UserName="ben")
    foreign = mfa_devices.enable(other, "ben")

    for each in (device, loose, foreign):
        with refused("NoSuchEntity", NOT_THEIRS):
            iam.resync_mfa_device(UserName="ben", SerialNumber=each.serial_number, **each.pair(1))
        with refused("NoSuchEntity", NOT_THEIRS):
            iam.deactivate_mfa_device(UserName="ben", SerialNumber=each.serial_number)
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        iam.resync_mfa_device(UserName="nobody", SerialNumber=device.serial_number, **device.pair(1))
    iam.resync_mfa_device(UserName="ana", SerialNumber=device.serial_number, **device.pair(1))


def test_used_codes_neither_synchronise_nor_enable(iam: Any) -> None:
    device = mfa_devices.create(iam, "phone")
    pair = device.pair(-1)
    iam.enable_mfa_device(UserName="ana", SerialNumber=device.serial_number, **pair)

    with refused("InvalidAuthenticationCode", WRONG_CODE):
        iam.resync_mfa_device(UserName="ana", SerialNumber=device.serial_number, **pair)
    iam.deactivate_mfa_device(UserName="ana", SerialNumber=device.serial_number)
    with refused("InvalidAuthenticationCode", WRONG_CODE):
        iam.enable_mfa_device(UserName="ana", SerialNumber=device.serial_number, **pair)


def test_nobody_enables_what_is_not_there_or_for_whom_is_not_there(aws: Aws, iam: Any) -> None:
    device = mfa_devices.create(iam, "phone")
    foreign = mfa_devices.create(aws.other().admin("iam"), "phone")

    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        iam.enable_mfa_device(UserName="nobody", SerialNumber=device.serial_number, **device.pair())
    for each in (foreign.serial_number, device.serial_number + "2", "GAHT12345678"):
        with refused("NoSuchEntity", f"VirtualMFADevice with serial number {each} doesn't exist."):
            iam.enable_mfa_device(UserName="ana", SerialNumber=each, **foreign.pair())


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "", "\N{ARABIC-INDIC DIGIT ONE}" * 6])
def test_what_is_not_six_digits_is_refused_before_it_is_looked_at(aws: Aws, code: str) -> None:
    iam = aws.client("iam", aws.administrator, validates=False)

    with refused("ValidationError", having="authenticationCode1"):
        iam.enable_mfa_device(
            UserName="admin", SerialNumber="GAHT12345678", AuthenticationCode1=code, AuthenticationCode2="123456"
        )


def test_a_user_with_a_device_cannot_be_deleted_and_keeps_it_when_renamed(iam: Any) -> None:
    device = mfa_devices.enable(iam, "ana")
    with refused("DeleteConflict", "Cannot delete entity, must delete MFA device first."):
        iam.delete_user(UserName="ana")

    iam.update_user(UserName="ana", NewUserName="anna")

    [shown] = iam.list_mfa_devices(UserName="anna")["MFADevices"]
    assert (shown["UserName"], shown["SerialNumber"]) == ("anna", device.serial_number)
    iam.deactivate_mfa_device(UserName="anna", SerialNumber=device.serial_number)
    iam.delete_user(UserName="anna")


def test_users_care_for_their_own_devices_without_naming_themselves(aws: Aws, server: Server) -> None:
    ben = aws.user("ben", allow=["iam:*MFADevice*"])
    own = ben.client("iam")
    device = mfa_devices.enable(own, "ben")

    assert serials(own.list_mfa_devices()) == [device.serial_number]
    own.deactivate_mfa_device(SerialNumber=device.serial_number)
    assert own.list_mfa_devices()["MFADevices"] == []
    role = aws.role("deploy", trust=aws.account_id, allow=["iam:*"])
    session = aws.client("iam", aws.assume(aws.administrator, role))
    for call, parameters in (
        (session.list_mfa_devices, {}),
        (session.get_mfa_device, {"SerialNumber": device.serial_number}),
        (session.deactivate_mfa_device, {"SerialNumber": device.serial_number}),
    ):
        with refused("ValidationError", "Must specify userName when calling with non-User credentials"):
            call(**parameters)
    root = aws.client("iam", root_keys(server, aws.account_id))
    assert root.list_mfa_devices()["MFADevices"] == []
    with refused("NoSuchEntity", NOT_THEIRS):
        root.deactivate_mfa_device(SerialNumber=device.serial_number)


def test_only_security_keys_are_shown_one_by_one(iam: Any) -> None:
    device = mfa_devices.enable(iam, "ana")

    for serial in (device.serial_number, "GAHT12345678"):
        with refused("NoSuchEntity", NOT_THEIRS):
            iam.get_mfa_device(UserName="ana", SerialNumber=serial)


def test_the_summary_counts_devices_and_those_in_use(iam: Any) -> None:
    mfa_devices.create(iam, "loose")
    device = mfa_devices.enable(iam, "ana")

    def counted() -> tuple[int, int, int]:
        summary = iam.get_account_summary()["SummaryMap"]
        return summary["MFADevices"], summary["MFADevicesInUse"], summary["AccountMFAEnabled"]

    assert counted() == (2, 1, 0)
    iam.deactivate_mfa_device(UserName="ana", SerialNumber=device.serial_number)
    assert counted() == (2, 0, 0)
    iam.delete_virtual_mfa_device(SerialNumber=device.serial_number)
    assert counted() == (1, 0, 0)


# Tags and policies


def test_a_device_is_tagged_with_keys_told_apart_by_case(iam: Any) -> None:
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=[{"Key": "team", "Value": "ops"}])
    serial = made["VirtualMFADevice"]["SerialNumber"]
    assert made["VirtualMFADevice"]["Tags"] == [{"Key": "team", "Value": "ops"}]

    iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "Team", "Value": "dev"}, {"Key": "team", "Value": "sre"}])

    tags = iam.list_mfa_device_tags(SerialNumber=serial)
    assert tags["Tags"] == [{"Key": "Team", "Value": "dev"}, {"Key": "team", "Value": "sre"}]
    assert tags["IsTruncated"] is False
    for _ in range(2):
        iam.untag_mfa_device(SerialNumber=serial, TagKeys=["Team", "absent"])
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == [{"Key": "team", "Value": "sre"}]


def test_tags_that_break_a_rule_make_no_device(iam: Any) -> None:
    with refused("InvalidInput"):
        mfa_devices.create(iam, "phone", Tags=[{"Key": "aws:team", "Value": "ops"}])
    with refused("InvalidInput", "Duplicate tag keys found."):
        mfa_devices.create(iam, "phone", Tags=[{"Key": "team", "Value": "ops"}] * 2)

    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


def test_a_device_has_fifty_tags_at_most(iam: Any) -> None:
    serial = mfa_devices.create(
        iam, "phone", Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)]
    ).serial_number

    with refused("LimitExceeded", "Cannot exceed quota for TagsPerVirtualMFADevice: 50"):
        iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "more", "Value": ""}])


def test_tags_of_what_is_not_there_are_not_found(aws: Aws, iam: Any) -> None:
    foreign = mfa_devices.create(aws.other().admin("iam"), "phone").serial_number

    for serial in (foreign, "GAHT12345678"):
        words = f"VirtualMFADevice with serial number {serial} doesn't exist."
        with refused("NoSuchEntity", words):
            iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "team", "Value": "ops"}])
        with refused("NoSuchEntity", words):
            iam.untag_mfa_device(SerialNumber=serial, TagKeys=["team"])
        with refused("NoSuchEntity", words):
            iam.list_mfa_device_tags(SerialNumber=serial)


def test_policies_see_a_devices_path_name_and_tags(aws: Aws, iam: Any) -> None:
    statements = [
        {
            "Effect": "Allow",
            "Action": ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"],
            "Resource": "arn:aws:iam::*:mfa/${aws:username}",
        },
        {
            "Effect": "Allow",
            "Action": "iam:DeleteVirtualMFADevice",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/team": "ops"}},
        },
    ]
    helper = aws.user("helper", policy={"Version": "2012-10-17", "Statement": statements}).client("iam")
    tagged = mfa_devices.create(iam, "tagged", Tags=[{"Key": "team", "Value": "ops"}]).serial_number
    plain = mfa_devices.create(iam, "plain").serial_number

    own = mfa_devices.create(helper, "helper").serial_number
    for serial in (own, tagged):
        helper.delete_virtual_mfa_device(SerialNumber=serial)

    denial = denial_of(helper.delete_virtual_mfa_device, SerialNumber=plain)
    assert f"iam:DeleteVirtualMFADevice on resource: {plain} because" in denial.message
    denial = denial_of(helper.create_virtual_mfa_device, VirtualMFADeviceName="helper", Path="/x/")
    assert f"on resource: arn:aws:iam::{aws.account_id}:mfa/x/helper because" in denial.message
    tags = [{"Key": "team", "Value": "ops"}]
    denial = denial_of(helper.create_virtual_mfa_device, VirtualMFADeviceName="helper", Tags=tags)
    assert "iam:TagMFADevice" in denial.message
    assert (
        f"on resource: arn:aws:iam::{aws.account_id}:mfa/ because" in denial_of(helper.list_virtual_mfa_devices).message
    )


def test_who_may_enable_virtual_devices_only_may_do_so(aws: Aws) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "iam:EnableMFADevice",
        "Resource": "arn:aws:iam::*:user/${aws:username}",
        "Condition": {"Null": {"iam:RegisterSecurityKey": "true", "iam:FIDO-certification": "true"}},
    }
    iam = aws.admin("iam")
    ben = aws.user("ben", policy={"Version": "2012-10-17", "Statement": [statement]}).client("iam")
    device = mfa_devices.create(iam, "ben")

    ben.enable_mfa_device(UserName="ben", SerialNumber=device.serial_number, **device.pair())

    assert serials(iam.list_mfa_devices(UserName="ben")) == [device.serial_number]
