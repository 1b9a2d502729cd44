"""End to end: the real binary, real clients, real packets."""

import os

import pytest

from naru_harness.lab import Lab
from naru_harness.netns import Namespace
from naru_harness.site import Site


@pytest.fixture
def lab(build):
    lab = Lab(build)
    try:
        yield lab
    finally:
        lab.close()


@pytest.fixture
def namespaces():
    """Makes network namespaces, and ends them with the test."""
    if os.geteuid() != 0:
        pytest.skip("needs root for network namespaces")
    made = []

    def make():
        made.append(Namespace())
        return made[-1]

    yield make
    for namespace in made:
        namespace.close()


@pytest.fixture
def site(build):
    """The network of a whole site; the test starts what is to run there."""
    with Site(build) as made:
        yield made


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=1, help="how often the scenes of http_zero_downtime_test.py happen")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))


def pytest_configure(config):
    config.addinivalue_line("markers", "root: needs root")
    config.addinivalue_line("markers", "slow: takes long; left out of the short run under sanitizers")
