"""Samples, their medians, and the file that keeps them."""

import json
import statistics
from pathlib import Path

from bench import machine


def medians(samples):
    """The median of each number over the samples of one contender."""
    names = [name for name, value in samples[0].items() if isinstance(value, (int, float))]
    return {name: statistics.median(s[name] for s in samples if name in s) for name in names}


def interleave(contenders, rounds, measure, progress):
    """{contender: [samples]}: each round measures all, and each begins with another, so that drift hits all alike."""
    samples = {name: [] for name in contenders}
    for round_number in range(rounds):
        shift = round_number % len(contenders)
        for name in contenders[shift:] + contenders[:shift]:
            sample = measure(name)
            samples[name].append(sample)
            progress(round_number, name, sample)
    return samples


class Results:
    """The JSON file: case -> settings, moment, source, machine, and per contender all samples and their medians. A case
    that is run again replaces only itself."""

    def __init__(self, path):
        self.path = Path(path)
        self.cases = json.loads(self.path.read_text())["cases"] if self.path.exists() else {}

    def add(self, case, samples, **settings):
        self.cases[case] = {
            **machine.moment(), "source": machine.source(), "machine": machine.describe(), "settings": settings,
            "contenders": {name: {"median": medians(of), "samples": of} for name, of in samples.items() if of}}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({"cases": self.cases}, indent=1) + "\n")
