"""No failed request, and no doubled one, through all that pods go through: see docs/zero-downtime.md.

Every request has an id; clients record what became of it, pods record that they began with it; the judge compares.
"""

import pytest

from naru_harness.fronts import NaruFront
from naru_harness.lab import Lab
from naru_harness.scenes import SCENES, Stage

ROWS = [pytest.param(scene, protocol, id=f"{scene.name}-{protocol}") for scene in SCENES for protocol in scene.protocols]


@pytest.fixture
def play(build, request):
    """Plays a scene in a lab of its own; again, if the machine stood still for longer than time-outs bear."""

    def run(scene, client, speaks, **options):
        for _ in range(3):
            lab = Lab(build)
            try:
                stage = Stage(lab, NaruFront(lab, speaks, scene.policy), client, **options)
                verdict = stage.play(scene)
            finally:
                lab.close()
            if not stage.stood_still:
                break
        print(verdict.summary())
        assert verdict.requests > 100
        assert all(code == 0 for code in stage.deployment.exit_codes), "every pod ended in good order"
        return verdict, stage

    return run


@pytest.mark.parametrize("scene, protocol", ROWS)
def test_nothing_is_lost_that_can_be_saved(play, request, scene, protocol):
    verdict, stage = play(scene, protocol, protocol, rounds=request.config.getoption("--rounds"))
    assert scene.faults(verdict, stage) == []


@pytest.mark.parametrize("client, backend", [("http1", "h2"), ("h2", "http1"), ("http1", "detect"), ("h2", "detect")])
def test_nothing_is_lost_where_versions_differ_or_are_not_told(play, request, client, backend):
    scene = SCENES[0]
    verdict, stage = play(scene, client, backend, rounds=request.config.getoption("--rounds"))
    assert scene.faults(verdict, stage) == []


def test_the_judge_sees_what_balancing_connections_loses(play):
    """The same scene at a Service whose requests naru may not see: kept connections die with their pod. Were the judge
    blind, this would be where it shows."""
    scene = next(x for x in SCENES if x.name == "SIGKILL")
    verdict, _ = play(scene, "http1", None, rate=600)
    assert verdict.failed and not verdict.doubled
