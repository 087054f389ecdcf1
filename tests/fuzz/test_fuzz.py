"""A few broken inputs for each target, and all that found something once; `make fuzz` tries many."""

from pathlib import Path

import pytest

from tests.fuzz.fuzzing import KEPT, fuzz, share_of
from tests.fuzz.targets import TARGETS, Target
from tests.harness import Server

INPUTS = 1000


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_broken_inputs_break_nothing(shared_server: Server, tmp_path: Path, target: type[Target]) -> None:
    outcome = fuzz(shared_server, tmp_path, target, share_of(target, INPUTS), "tested")
    assert outcome.inputs == share_of(target, INPUTS)
    assert "Traceback" not in shared_server.log


def test_kept_inputs_belong_to_a_target() -> None:
    assert {folder.name for folder in KEPT.glob("*")} <= {target.name for target in TARGETS}
