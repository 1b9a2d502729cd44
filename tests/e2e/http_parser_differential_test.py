"""naru's HTTP/1 parser beside llhttp, Node's: what naru accepts, llhttp must accept as the same message.

Where naru is stricter is no failure; how often, and for what, is told. The messages are those of the table, and some
thousands that are made from them by changes such as an attacker tries, the same in every run."""

import collections
import pathlib
import random
import re
import shutil
import subprocess

import pytest

JUDGE = pathlib.Path(__file__).resolve().parents[1] / "judges" / "llhttp_verdicts.js"
MUTATIONS = 6000

GET = b"GET /a?b HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"
OK = b"HTTP/1.1 200 OK\r\n"

REQUESTS = [
    GET + b"\r\n",
    b"\r\n" + GET + b"Accept: */*\r\nX-Empty:\r\nX-Wide:  \t a \t b \t\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET http://b:81/c?d HTTP/1.1\r\nHost: a\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
    b"PURGE / HTTP/1.1\r\nHost: a\r\n\r\n",
    GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    GET + b"Cookie: a=b; c=\"d\"\r\nX-High: \xfc\xff\r\n\r\n",
    POST + b"Content-Length: 5\r\n\r\nhello",
    POST + b"Content-Length: 0\r\n\r\n",
    POST + b"content-length: 005\r\nExpect: 100-continue\r\n\r\nhello",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
    POST + b"Transfer-Encoding: Chunked\r\n\r\nA;x=\"y z\"\r\n0123456789\r\n00\r\n\r\n",
    # What smuggling is made of.
    POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    POST + b"Content-Length: 5, 5\r\n\r\nhello",
    POST + b"Content-Length: +5\r\n\r\nhello",
    POST + b"Content-Length: 0x5\r\n\r\nhello",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
    GET + b"A: b\nC: d\r\n\r\n",
    GET + b"A: b\rC: d\r\n\r\n",
    GET + b"A: b\r\n c\r\n\r\n",
    GET + b"A : b\r\n\r\n",
    GET + b": b\r\n\r\n",
    GET + b"A: \x00\r\n\r\n",
    GET + b"Host: b\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/2.0\r\n\r\n",
    b"GET /\r\n\r\n",
]

RESPONSES = [
    OK + b"Content-Length: 2\r\nX-A: b\r\n\r\nok",
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
    OK + b"\r\nuntil the end",
    b"HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 500 \xfc x\r\nContent-Length: 0\r\n\r\n",
    OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    OK + b"Transfer-Encoding: chunked, gzip\r\n\r\nx",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 99 x\r\n\r\n",
    b"HTTP/1.1  200 OK\r\n\r\n",
]

PIECES = [
    b"\r", b"\n", b"\r\n", b" ", b"\t", b"\0", b":", b",", b";", b"\x0b", b"\x7f", b"\x80", b"\"", b"+", b"-", b"0",
    b"x",
    b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Host: b\r\n", b"chunked",
    b"0\r\n\r\n", b"1\r\na\r\n", b";a=b", b"HTTP/1.0", b"#", b"@", b"[", b"%",
]


def changed(message, dice):
    """One or two changes: a byte, a piece or a line more, less, or another."""
    for _ in range(dice.choice((1, 1, 1, 2))):
        at = dice.randrange(len(message) + 1)
        lines = message.split(b"\r\n")
        line = dice.randrange(len(lines))
        match dice.randrange(6):
            case 0:
                message = message[:at] + dice.choice(PIECES) + message[at:]
            case 1:
                message = message[:at] + message[at + dice.randint(1, 3):]
            case 2:
                message = message[:at] + dice.choice(PIECES) + message[at + 1:]
            case 3:
                message = b"\r\n".join(lines[:line] + [lines[line]] + lines[line:])
            case 4:
                message = b"\r\n".join(lines[:line] + lines[line + 1:])
            case 5:
                message = message[:at] + bytes([dice.randrange(256)]) + message[at + 1:]
    return message


def messages():
    dice = random.Random(9112)
    table = [("request", x) for x in REQUESTS] + [("response", x) for x in RESPONSES]
    for kind, message in table:
        yield kind, message
    for _ in range(MUTATIONS):
        kind, message = dice.choice(table)
        yield kind, changed(message, dice)


def verdicts(command, lines):
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=120, check=True)
    out = done.stdout.splitlines()
    assert len(out) == lines.count("\n")
    return out


def parts(verdict):
    """first, second, fields, content, trailers."""
    first, second, fields, content, trailers = verdict.removeprefix("complete ").split("|")
    values = [bytes.fromhex(first), bytes.fromhex(second), [], bytes.fromhex(content), []]
    for index, text in ((2, fields), (4, trailers)):
        for field in filter(None, text.split(",")):
            values[index].append(tuple(bytes.fromhex(x) for x in field.split("=")))
    return values


def left_out(trailer):
    """What naru does not let come behind the content (RFC 9110 6.5.1)."""
    return trailer[0].lower() in (b"content-length", b"transfer-encoding", b"connection", b"host")


def difference(kind, naru, llhttp):
    """Why two that both accepted do not agree, or None."""
    ours, theirs = parts(naru), parts(llhttp)
    if kind == "request":
        absolute = not theirs[1].startswith((b"/", b"*")) and theirs[0] != b"CONNECT"
        if ours[0] != theirs[0]:
            return "method"
        if absolute:
            # naru says it in origin-form, and takes Host from it.
            if ours[1] not in (b"/", b"*") and not theirs[1].endswith(ours[1].removeprefix(b"/")):
                return "target"
            for fields in (ours[2], theirs[2]):
                fields[:] = [x for x in fields if x[0].lower() != b"host"]
        elif ours[1] != theirs[1]:
            return "target"
    elif ours[0] != theirs[0]:
        return "status"
    if ours[2] != theirs[2]:
        return "fields"
    if ours[3] != theirs[3]:
        return "content"
    return None if ours[4] == [x for x in theirs[4] if not left_out(x)] else "trailers"


def excused(kind, message, verdict):
    """llhttp knows a list of methods only, where naru passes any token on; no tab behind a length, which is white space
    as well as a space is (RFC 9110 5.6.3); and no length in trailers, where naru leaves it out."""
    if verdict == "bad HPE_INVALID_CONTENT_LENGTH":
        tab, trailer = rb"content-length:[ \t]*[0-9]+ *\t", rb"\r\n0+[^\r\n]*\r\n(.*\r\n)?content-length:"
        return re.search(tab + b"|" + trailer, message, re.IGNORECASE | re.DOTALL)
    return kind == "request" and verdict in ("bad HPE_INVALID_METHOD", "bad HPE_INVALID_CONSTANT")


def is_tunnel(kind, message):
    """Where llhttp stops at the head, and leaves what follows to another protocol."""
    head = message.split(b"\r\n\r\n")[0].lower()
    return b"upgrade" in head or head.lstrip().startswith(b"connect ") or (kind == "response" and b" 101" in head[:14])


def test_whatever_naru_accepts_llhttp_accepts_as_the_same(build):
    node, naru = shutil.which("node"), build.directory / "naru-http1-verdicts"
    if node is None:
        pytest.skip("no node: scripts/deps test")
    if not naru.exists():
        pytest.skip("naru-http1-verdicts is not built")
    given = list(messages())
    lines = "".join(f"{kind} {message.hex()}\n" for kind, message in given)
    ours, theirs = verdicts([naru], lines), verdicts([node, "--no-deprecation", JUDGE], lines)
    failures, stricter, accepted = [], collections.Counter(), 0
    for (kind, message), mine, other in zip(given, ours, theirs, strict=True):
        if mine.startswith("bad"):
            stricter[mine] += other.startswith("complete")
        if not mine.startswith("complete") or is_tunnel(kind, message):
            continue
        accepted += 1
        if other.startswith("complete"):
            why = difference(kind, mine, other)
        else:
            why = None if excused(kind, message, other) else other
        if why:
            failures.append(f"{why}: {kind} {message!r}\n  naru   {mine}\n  llhttp {other}")
    print(f"{len(given)} messages, {accepted} accepted; naru is stricter:", dict(stricter.most_common()))
    assert accepted > 500 and not failures, "\n".join(failures[:20])
