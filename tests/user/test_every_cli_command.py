"""Every IAM command of the `aws` CLI, by its own skeleton: what reads, here; what writes, with its event in
`test_every_operation`."""

import json

import pytest

from bailiwick.iam import iam
from tests.user.cli_in_process import WITHOUT_SKELETON, run_filled, skeleton
from tests.user.operation_answers import REFUSED
from tests.user.operation_calls import CALLS, Scene
from tests.user.test_every_operation import OPERATIONS, scene, shape_of

__all__ = ["scene"]


@pytest.mark.parametrize("name", sorted(iam.names() - WITHOUT_SKELETON))
def test_the_skeleton_has_the_parameters_of_the_model(name: str) -> None:
    shape = shape_of(f"iam:{name}").input_shape

    assert set(skeleton(name)) == (set() if shape is None else set(shape.members))


READS = [action for action, declared in OPERATIONS.items() if declared.service == "iam" and declared.is_read_only]


@pytest.mark.parametrize("action", READS)
def test_a_command_that_reads_prints_its_reply(scene: Scene, action: str) -> None:
    _, _, name = action.partition(":")

    ended = run_filled(name, CALLS[action](scene), scene.aws.endpoint, scene.aws.administrator)

    assert ended.error == REFUSED.get(action, "")
    if not ended.error:
        output = shape_of(action).output_shape
        assert output is not None
        assert json.loads(ended.printed).keys() <= set(output.members) | {"NextToken"}
