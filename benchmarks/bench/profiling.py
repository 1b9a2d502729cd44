"""What perf and callgrind print, as [(name, cost)], dearest first. Pure."""

import re
from collections import Counter


def stacks(script):
    """The stacks of `perf script -F ip,sym,dso`, innermost frame first, each frame (symbol, object)."""
    for block in script.split("\n\n"):
        frames = [re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line) for line in block.splitlines()]
        found = [(frame[1].split("+0x")[0], frame[2].rsplit("/", 1)[-1]) for frame in frames if frame]
        if found:
            yield found


def plain(function):
    """The name as one would write it."""
    text = re.sub(r"std::(?:__cxx11::)?basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string", function)
    return text.replace("std::basic_string_view<char, std::char_traits<char> >", "std::string_view")


def is_kernel(dso):
    return dso.startswith("[")


def place_of(stack):
    """Where a stack's time belongs: the system call that it is in, or the program or library whose code it is."""
    symbol, dso = stack[0]
    if not is_kernel(dso):
        return f"user space: {dso}"
    for symbol, dso in stack:
        if match := re.match(r"_+(?:x64_|arm64_)?sys_(\w+)", symbol):
            return f"system call: {match[1]}"
    return "kernel, outside of system calls"


def by_place(script):
    return Counter(map(place_of, stacks(script))).most_common()


def by_function(script, *, kernel):
    """Of the innermost frames, those of the kernel or those of user space."""
    innermost = [stack[0] for stack in stacks(script)]
    shown = [symbol if kernel else f"{plain(symbol)} [{dso}]" for symbol, dso in innermost if is_kernel(dso) == kernel]
    return Counter(shown).most_common()


def callgrind_total(annotated):
    return int(re.search(r"([\d,]+) \(100\.0%\)\s+PROGRAM TOTALS", annotated)[1].replace(",", ""))


def callgrind_functions(annotated):
    """Of callgrind_annotate, which has a row for each file that a function's code came from: what was inlined is the
    function's own."""
    rows = re.findall(r"^ *([\d,]+) \([ \d.]+%\)  [^:\s]*:(.+?)(?: \[[^\]]*\])?$", annotated, re.MULTILINE)
    costs = Counter()
    for cost, function in rows:
        costs[plain(function)] += int(cost.replace(",", ""))
    return costs.most_common()
