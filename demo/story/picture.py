"""The site as it is now, drawn with letters."""

import dataclasses

from terminal import dim, green, red

WIDTH = 18  # of one node's column


@dataclasses.dataclass(frozen=True)
class View:
    """What the picture shows beside the cables. `announced`: {address or prefix: the nodes it leads to}."""

    router: str = "plain forwarding"
    dead: frozenset = frozenset()
    announced: dict = dataclasses.field(default_factory=dict)


def _centered(words):
    return "".join(f"{word:^{WIDTH}}" for word in words).rstrip()


def _marks(name, announced):
    return [address for address, nodes in announced.items() if name in nodes]


def draw(nodes, view):
    """`nodes`: (name, address, names of its pods), from left to right. Lines of text."""
    width, middle = WIDTH * len(nodes), WIDTH * len(nodes) // 2
    segment = list("=" * width)
    rows = [
        f"{'outside client 198.51.100.10':^{width}}".rstrip(),
        " " * middle + "|",
        f"{f'router 192.168.1.1, {view.router}':^{width}}".rstrip(),
        " " * middle + "|",
    ]
    segment[middle] = "+"
    for place in range(len(nodes)):
        segment[place * WIDTH + WIDTH // 2] = "+"
    rows.append("".join(segment) + "  192.168.1.0/24")
    rows.append(_centered("|" if name not in view.dead else "x" for name, _, _ in nodes))
    rows.append(_centered(name for name, _, _ in nodes))
    rows.append(_centered(address if name not in view.dead else "no power" for name, address, _ in nodes))
    for line in range(max((len(pods) for _, _, pods in nodes), default=0)):
        rows.append(_centered(pods[line] if line < len(pods) else "" for _, _, pods in nodes))
    marks = [_marks(name, view.announced) for name, _, _ in nodes]
    for line in range(max(map(len, marks), default=0)):
        rows.append(_centered(f"^ {mark[line]}" if line < len(mark) else "" for mark in marks))
    return [row for row in rows if row.strip()]


def coloured(line):
    """For a terminal: what is announced, and what is dead."""
    if "^ " in line:
        return green(line)
    return red(line) if "no power" in line else dim(line)
