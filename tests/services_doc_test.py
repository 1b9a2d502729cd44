"""Each test that docs/services.md names is there."""

import re

import pytest

from naru_harness.build import TOP

_NAMED = re.compile(r"`(\w+_test)\.(py::|cc: )(.+?)`")


def named():
    text = (TOP / "docs/services.md").read_text()
    return sorted({(stem, "py" if kind == "py::" else "cc", name) for stem, kind, name in _NAMED.findall(text)})


@pytest.mark.parametrize("stem,kind,name", named(), ids=lambda x: str(x)[:60])
def test_a_test_that_is_named_is_there(stem, kind, name):
    files = list((TOP / "tests").glob(f"**/{stem}.{kind}"))
    assert files, f"{stem}.{kind}"
    text = "".join(path.read_text() for path in files)
    text = re.sub(r'"\s*\n\s*"', "", text)  # long names are written in two parts
    if name != "*":
        assert (f"def {name}(" if kind == "py" else f'"{name}"') in text, name


def test_there_are_some():
    assert len(named()) > 40
