"""What the documentation shows is true: its YAML is accepted, its marked commands run, its metrics exist.

In a Markdown file a block fenced as `yaml` is checked by naru. One fenced as `sh run` is run, from the top of the
repository, with the built naru in PATH and HERE as an empty directory of its own.
"""

import os
import pathlib
import re
import subprocess

import pytest
import yaml

from naru_harness.build import TOP
from naru_harness.lab import Lab

CONFIGURATIONS = {"NaruConfiguration", "KubeProxyConfiguration"}
_BLOCK = re.compile(r"^( *)```(\S+)(?: +(\S+))? *\n(.*?)^\1``` *$", re.M | re.S)
_METRIC = re.compile(r"`((?:naru|kubeproxy|metallb)_[a-z0-9_]+)(\*?)(?:\{[^`]*\})?`")


def pages():
    return [path for path in [TOP / "README.md", *sorted((TOP / "docs").glob("**/*.md"))] if path.exists()]


def blocks(language, mark=None):
    """(where, text) of each fenced block of that language."""
    found = []
    for page in pages():
        text = page.read_text()
        for block in _BLOCK.finditer(text):
            if block.group(2) == language and block.group(3) == mark:
                line = text[: block.start()].count("\n") + 1
                content = re.sub(rf"^{block.group(1)}", "", block.group(4), flags=re.M)
                found.append(pytest.param(content, id=f"{page.relative_to(TOP)}:{line}"))
    return found or [pytest.param(None, marks=pytest.mark.skip(reason=f"the documentation has no {language} block"))]


def checked(build, directory, text):
    """Runs `naru check` on a text, its configurations given as such."""
    documents = [x for x in re.split(r"^---.*$", text, flags=re.M) if yaml.safe_load(x) is not None]
    manifests, options = [], []
    for number, document in enumerate(documents):
        if yaml.safe_load(document).get("kind") in CONFIGURATIONS:
            path = directory / f"config-{number}.yaml"
            path.write_text(document)
            options += ["--config", path]
        else:
            manifests.append(document)
    (directory / "manifest.yaml").write_text("---\n".join(manifests))
    return build.run("check", "-f", directory / "manifest.yaml", *options)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_in_the_documentation(build, tmp_path, text):
    done = checked(build, tmp_path, text)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted((TOP / "examples").rglob("*.yaml")), ids=lambda x: str(x.relative_to(TOP)))
def test_each_example(build, tmp_path, path):
    done = checked(build, tmp_path, path.read_text())
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_examples_together(build):
    files = [word for path in sorted((TOP / "examples").glob("*.yaml")) for word in ("-f", path)]
    done = build.run("check", *files, "--config", TOP / "examples/config/naru.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", blocks("sh", "run"))
def test_commands_in_the_documentation(build, tmp_path, script):
    environment = {**os.environ, "PATH": f"{build.directory}:{os.environ['PATH']}", "HERE": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=TOP, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_metrics_in_the_documentation(build):
    """Every name written as code is on the metrics page, or in the code for those that need a rare event to appear."""
    named = {(name, star) for page in pages() for name, star in _METRIC.findall(page.read_text())}
    if not named:
        pytest.skip("the documentation names no metric")
    lab = Lab(build)
    try:
        page = lab.node().metrics_text()
    finally:
        lab.close()
    code = "\n".join(path.read_text() for path in (TOP / "daemon").glob("*.cc"))
    targets = "\n".join(path.read_text() for path in [*TOP.glob("*/CMakeLists.txt"), *TOP.glob("cmake/*")])
    missing = set()
    for name, star in named:
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        if not star and re.search(rf"\b{name}\b", targets):
            continue  # a CMake target
        if f"{base}{'' if star else ' '}" not in page and f'"{base}{"" if star else chr(34)}' not in code:
            missing.add(name + star)
    assert not missing
