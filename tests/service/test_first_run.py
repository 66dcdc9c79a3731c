"""The first run, ended between making the account and handing over its access key."""

import asyncio
import configparser
from pathlib import Path

import pytest

from bailiwick.service import FirstRun, Service, StartError
from bailiwick.settings import load


async def first_run(folder: Path) -> FirstRun | None:
    loaded = load(flags={"data": str(folder)}, environment={}, config=None, quota_names=())
    service = await Service.open(loaded.settings)
    try:
        return await service.first_run()
    finally:
        await service.close()


def test_the_next_run_hands_over_the_access_key_that_the_first_could_not(tmp_path: Path) -> None:
    in_the_way = tmp_path / "credentials"
    in_the_way.mkdir(mode=0o700)
    with pytest.raises(StartError, match="cannot be written"):
        asyncio.run(first_run(tmp_path))

    in_the_way.rmdir()
    handed_over = asyncio.run(first_run(tmp_path))

    assert handed_over is not None
    written = configparser.ConfigParser()
    written.read(tmp_path / "credentials")
    assert written["admin"]["aws_access_key_id"] == handed_over.account.access_key_id
    assert written["admin"]["aws_secret_access_key"] == handed_over.account.secret_access_key.reveal().decode()
    assert asyncio.run(first_run(tmp_path)) is None
