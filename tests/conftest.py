"""What all the Python tests share: which build they test."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from naru_harness.build import Build  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--naru-build", help="build directory to test; default: $NARU_BUILD, else the newest under build/")


@pytest.fixture(scope="session")
def build(request):
    found = Build.find(request.config.getoption("--naru-build"))
    if found is None:
        pytest.skip("no built naru: run `cmake --preset dev && cmake --build --preset dev`")
    return found
