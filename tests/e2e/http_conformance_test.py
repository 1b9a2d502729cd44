"""What an HTTP/1 intermediary owes its two sides (RFC 9110, 9112), one row one duty, seen by a scripted client and a
scripted endpoint."""

import socket

import pytest

from naru_harness.lab import Lab
from naru_harness.scripted_http import CLOSE, HEAD_ONLY, RESET, Client, Endpoint
from naru_harness.wait import until

HTTP = [{"name": "http", "port": 8080, "appProtocol": "http"}]


class Site:
    """One naru between Client and Endpoint, for all rows."""

    def __init__(self, build):
        self.lab = Lab(build)
        address = self.lab.range.pod(1)
        self.endpoint = Endpoint(address)
        self.lab.serve("web", [{"addresses": [address]}], ports=HTTP)
        self.lab.serve("none", [{"addresses": [self.lab.range.pod(2)]}], ports=HTTP)
        self.node = self.lab.node(workers=1)
        self.vip = self.node.cluster_ip("web")

    def client(self, service="web", **options):
        return Client(self.node.cluster_ip(service) if service != "web" else self.vip, 8080, **options)

    def close(self):
        self.endpoint.close()
        self.lab.close()


@pytest.fixture(scope="module")
def shared(build):
    site = Site(build)
    yield site
    site.close()


@pytest.fixture
def site(shared):
    shared.endpoint.renew()
    return shared


def request(fields="", line="GET / HTTP/1.1", host="Host: a\r\n"):
    return f"{line}\r\n{host}{fields}\r\n"


def reply(fields="", status="200 OK", content="ok"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{fields}\r\n{content}".encode()


# ---- what passes to the endpoint ----

# sentence, what the client sends, the request line that the endpoint sees, fields (or None for "absent")
REQUESTS = [
    ("method, target and fields pass as they are", request("X-A: b \r\nx-a:c\r\n", "GET /a?b=c%20d HTTP/1.1"),
     "GET /a?b=c%20d HTTP/1.1", {"X-A": ["b", "c"], "Host": ["a"]}),
    ("a method that is not known passes", request(line="PURGE /x HTTP/1.1"), "PURGE /x HTTP/1.1", {}),
    ("a method keeps its case", request(line="get / HTTP/1.1"), "get / HTTP/1.1", {}),
    ("an empty line before a request is ignored", "\r\n" + request(), "GET / HTTP/1.1", {"Host": ["a"]}),
    ("Connection goes, and the fields that it names",
     request("Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nx-hop: 2\r\nX-End: 3\r\n"), "GET / HTTP/1.1",
     {"Connection": None, "X-Hop": None, "X-End": ["3"]}),
    ("Connection cannot name Host away", request("Connection: host\r\n"), "GET / HTTP/1.1", {"Host": ["a"]}),
    ("Connection cannot hide who asked", request("Connection: x-forwarded-for\r\n"), "GET / HTTP/1.1",
     {"X-Forwarded-For": ["127.0.0.1"]}),
    ("Keep-Alive and Proxy-Connection go", request("Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n"),
     "GET / HTTP/1.1", {"Keep-Alive": None, "Proxy-Connection": None}),
    ("TE goes", request("TE: gzip\r\n"), "GET / HTTP/1.1", {"TE": None}),
    ("TE: trailers goes on with its Connection", request("TE: trailers\r\nConnection: TE\r\n"), "GET / HTTP/1.1",
     {"TE": ["trailers"], "Connection": ["TE"]}),
    ("an Upgrade that Connection does not name goes", request("Upgrade: websocket\r\n"), "GET / HTTP/1.1",
     {"Upgrade": None, "Connection": None}),
    ("an Upgrade that it names passes", request("Upgrade: websocket\r\nConnection: Upgrade\r\n"), "GET / HTTP/1.1",
     {"Upgrade": ["websocket"], "Connection": ["Upgrade"]}),
    ("an upgrade to h2c does not pass",
     request("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n"), "GET / HTTP/1.1",
     {"Upgrade": None, "Connection": None, "HTTP2-Settings": None}),
    ("absolute-form is said in origin-form, and replaces Host", request(line="GET http://b:81/c?d HTTP/1.1"),
     "GET /c?d HTTP/1.1", {"Host": ["b:81"]}),
    ("absolute-form without a path asks for the root", request(line="GET http://a HTTP/1.1"), "GET / HTTP/1.1", {}),
    ("OPTIONS of a whole server", request(line="OPTIONS * HTTP/1.1"), "OPTIONS * HTTP/1.1", {}),
    ("OPTIONS of a whole server in absolute-form", request(line="OPTIONS http://a HTTP/1.1"), "OPTIONS * HTTP/1.1", {}),
    ("an HTTP/1.0 request is said in HTTP/1.1", request(line="GET / HTTP/1.0"), "GET / HTTP/1.1", {"Host": ["a"]}),
    ("an HTTP/1.0 request without Host passes", request(line="GET / HTTP/1.0", host=""), "GET / HTTP/1.1",
     {"Host": [""]}),
    ("an HTTP/1.1 request with an empty Host passes", request(host="Host:\r\n"), "GET / HTTP/1.1", {"Host": [""]}),
    ("a stranger's words about others are overwritten",
     request("X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nForwarded: for=9.9.9.9\r\n"), "GET / HTTP/1.1",
     {"X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Proto": ["http"], "X-Forwarded-Host": ["a"], "Forwarded": None}),
    ("what nobody knows passes", request("Traceparent: 00-1-2-01\r\nAuthorization: x\r\n"), "GET / HTTP/1.1",
     {"Traceparent": ["00-1-2-01"], "Authorization": ["x"], "Via": None}),
    ("bytes above ASCII pass in values", request("X: \xfc\xff\r\n"), "GET / HTTP/1.1", {"X": ["\xfc\xff"]}),
    ("TRACE counts down", request("Max-Forwards: 3\r\n", "TRACE / HTTP/1.1"), "TRACE / HTTP/1.1",
     {"Max-Forwards": ["2"]}),
    ("GET does not count down", request("Max-Forwards: 0\r\n"), "GET / HTTP/1.1", {"Max-Forwards": ["0"]}),
    ("no content, no length", request(), "GET / HTTP/1.1", {"Content-Length": None, "Transfer-Encoding": None}),
    ("a length of zero is told", request("Content-Length: 0\r\n", "POST / HTTP/1.1"), "POST / HTTP/1.1",
     {"Content-Length": ["0"]}),
]


@pytest.mark.parametrize("sent, line, fields", [x[1:] for x in REQUESTS], ids=[x[0] for x in REQUESTS])
def test_requests(site, sent, line, fields):
    with site.client() as client:
        assert client.ask(sent).status == 200
    seen = site.endpoint.requests[-1]
    assert seen.first == line
    for name, values in fields.items():
        assert seen.values(name) == (values or []), name


# sentence, framing fields, bytes of the content, what the endpoint reads, trailers
CONTENT = [
    ("content of a length passes", "Content-Length: 5\r\n", "hello", b"hello", []),
    ("chunks are framed anew", "Transfer-Encoding: chunked\r\n", "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello", []),
    ("chunked without content", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", b"", []),
    ("trailers pass", "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
     b"hello", [("X-Sum", "1")]),
    ("trailers about the framing do not pass", "Transfer-Encoding: chunked\r\n",
     "0\r\nContent-Length: 5\r\nHost: b\r\nX-A: 1\r\n\r\n", b"", [("X-A", "1")]),
]


@pytest.mark.parametrize("framing, sent, read, trailers", [x[1:] for x in CONTENT], ids=[x[0] for x in CONTENT])
def test_content_of_requests(site, framing, sent, read, trailers):
    with site.client() as client:
        assert client.ask(request(framing, "POST / HTTP/1.1") + sent).status == 200
        assert client.ask(request()).status == 200  # and what follows it is a request again
    seen = site.endpoint.requests[0]
    assert (seen.content, seen.trailers) == (read, trailers), [x.first for x in site.endpoint.requests]


# ---- what is refused ----

def post(fields, content=""):
    return request(fields, "POST / HTTP/1.1") + content


SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"

REFUSED = [
    ("length before chunked", post("Content-Length: 5\r\n" + CHUNKED, "0\r\n\r\n" + SMUGGLED), 400),
    ("length after chunked", post(CHUNKED + "Content-Length: 5\r\n", "0\r\n\r\n" + SMUGGLED), 400),
    ("two lengths", post("Content-Length: 0\r\nContent-Length: 37\r\n", SMUGGLED), 400),
    ("the same length twice", post("Content-Length: 0\r\nContent-Length: 0\r\n", SMUGGLED), 400),
    ("a list of lengths", post("Content-Length: 0, 37\r\n", SMUGGLED), 400),
    ("a length with a sign", post("Content-Length: +0\r\n", SMUGGLED), 400),
    ("a negative length", post("Content-Length: -1\r\n", SMUGGLED), 400),
    ("a hexadecimal length", post("Content-Length: 0x0\r\n", SMUGGLED), 400),
    ("a length that overflows", post("Content-Length: 18446744073709551616\r\n", SMUGGLED), 400),
    ("a space before the length's colon", post("Content-Length : 37\r\n", SMUGGLED), 400),
    ("a tab before the coding's colon", post("Transfer-Encoding\t: chunked\r\n", SMUGGLED), 400),
    ("chunked twice", post(CHUNKED + CHUNKED, "0\r\n\r\n" + SMUGGLED), 400),
    ("two codings, the last not chunked", post("Transfer-Encoding: chunked, identity\r\n", SMUGGLED), 400),
    ("a coding that only looks like chunked", post("Transfer-Encoding: xchunked\r\n", SMUGGLED), 400),
    ("a coding in quotes", post('Transfer-Encoding: "chunked"\r\n', SMUGGLED), 400),
    ("a vertical tab before chunked", post("Transfer-Encoding: \x0bchunked\r\n", SMUGGLED), 400),
    ("a coding that is not understood", post("Transfer-Encoding: gzip, chunked\r\n", SMUGGLED), 501),
    ("chunked in HTTP/1.0", request(CHUNKED, "POST / HTTP/1.0") + "0\r\n\r\n" + SMUGGLED, 400),
    ("a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", SMUGGLED), 400),
    ("a bare LF hides a coding", post("X: y\nTransfer-Encoding: chunked\r\n", SMUGGLED), 400),
    ("a bare CR hides a coding", post("X: y\rTransfer-Encoding: chunked\r\n", SMUGGLED), 400),
    ("bare LFs everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400),
    ("a NUL in a value", request("X: a\x00b\r\n"), 400),
    ("a name with a space", request("X y: z\r\n"), 400),
    ("a field without a name", request(": x\r\n"), 400),
    ("a line without a colon", request("X\r\n"), 400),
    ("HTTP/1.1 without Host", request(host=""), 400),
    ("two Hosts", request("Host: b\r\n"), 400),
    ("Host with a path", request(host="Host: a/b\r\n"), 400),
    ("Host with a user", request(host="Host: u@a\r\n"), 400),
    ("a target with a space", request(line="GET /a b HTTP/1.1"), 400),
    ("a target with a fragment", request(line="GET /a#b HTTP/1.1"), 400),
    ("a target of another scheme", request(line="GET ftp://a/ HTTP/1.1"), 400),
    ("HTTP/0.9", "GET /\r\n", 400),
    ("HTTP/2.0 in HTTP/1's words", request(line="GET / HTTP/2.0"), 505),
    ("a chunk size that overflows", post(CHUNKED, "10000000000000000\r\n"), 400),
    ("a chunk size with a sign", post(CHUNKED, "+1\r\na\r\n0\r\n\r\n"), 400),
    ("a chunk size with 0x", post(CHUNKED, "0x1\r\na\r\n0\r\n\r\n"), 400),
    ("a bare LF after a chunk's size", post(CHUNKED, "1\na\r\n0\r\n\r\n"), 400),
    ("a bare LF in a chunk's extension", post(CHUNKED, "1;x\na\r\n0\r\n\r\n"), 400),
    ("a chunk longer than its size", post(CHUNKED, "1\r\nab\r\n0\r\n\r\n"), 400),
    ("a trailer with a space before its colon", post(CHUNKED, "0\r\nX : y\r\n\r\n"), 400),
    ("too many fields", request("".join(f"F{i}: x\r\n" for i in range(100))), 431),
    ("a head that is too large", request(f"X: {'x' * 62000}\r\n"), 431),
]


@pytest.mark.parametrize("sent, status", [x[1:] for x in REFUSED], ids=[x[0] for x in REFUSED])
def test_refused_and_closed(site, sent, status):
    with site.client() as client:
        answer = client.ask(sent)
        assert (answer.status, answer.value("Connection")) == (status, "close")
        assert answer.value("X-Naru-Reason")
        assert client.ended()
    # Nothing whole has passed: of chunked content at most what came before the fault.
    assert not any("smuggled" in x.first for x in site.endpoint.requests)
    assert not any(x.content for x in site.endpoint.requests)


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS"])
def test_what_may_go_no_further_is_answered_by_naru(site, method):
    with site.client() as client:
        answer = client.ask(request("Max-Forwards: 0\r\n", f"{method} / HTTP/1.1"))
    assert (answer.status, answer.value("X-Naru-Reason")) == (405, "forwards_spent")
    assert "GET" in answer.value("Allow") and not site.endpoint.requests


def test_connect_is_refused(site):
    with site.client() as client:
        answer = client.ask("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
    assert (answer.status, answer.value("X-Naru-Reason")) == (405, "connect_refused")
    assert not site.endpoint.requests


def test_naru_says_that_nobody_is_there(site):
    with site.client("none") as client:
        answer = client.ask(request())
        assert (answer.status, answer.value("X-Naru-Reason")) == (503, "connect_failed")
        # The client has done nothing wrong: its connection stays.
        assert client.ask(request()).status == 503


def test_the_answer_to_head_has_no_content(site):
    with site.client("none") as client:
        assert client.ask(request(line="HEAD / HTTP/1.1"), "HEAD").status == 503
        assert client.ask(request()).content


# ---- what passes to the client ----

# sentence, method, what the endpoint says, status line, fields, content
RESPONSES = [
    ("status, reason and fields pass as they are", "GET",
     reply("X-A: b\r\nx-a: c\r\nSet-Cookie: d\r\nSet-Cookie: e\r\n", "299 Fine"), "HTTP/1.1 299 Fine",
     {"X-A": ["b", "c"], "Set-Cookie": ["d", "e"], "Connection": None}, b"ok"),
    ("fields for one connection go", "GET",
     reply("Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=3\r\nX-Hop: 1\r\nProxy-Connection: x\r\n"
           "Upgrade: h2c\r\n"), "HTTP/1.1 200 OK",
     {"Connection": None, "Keep-Alive": None, "X-Hop": None, "Proxy-Connection": None, "Upgrade": None}, b"ok"),
    ("the endpoint's close is not the client's", "GET", reply("Connection: close\r\n"), "HTTP/1.1 200 OK",
     {"Connection": None}, b"ok"),
    ("chunks are framed anew", "GET",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\no\r\n1\r\nk\r\n0\r\n\r\n", "HTTP/1.1 200 OK",
     {"Transfer-Encoding": ["chunked"], "Content-Length": None}, b"ok"),
    ("HTTP/1.0 of the endpoint is HTTP/1.1 to the client", "GET", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
     "HTTP/1.1 200 OK", {"Connection": None}, b"ok"),
    ("no reason is given one", "GET", b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 404 Not Found", {}, b""),
    ("HEAD passes the length", "HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "HTTP/1.1 200 OK",
     {"Content-Length": ["99"]}, b""),
    ("HEAD without a length", "HEAD", b"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK",
     {"Content-Length": None, "Connection": None}, b""),
    ("204 has no length", "GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content",
     {"Content-Length": None, "Transfer-Encoding": None}, b""),
    ("304 passes the length", "GET", b'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "x"\r\n\r\n',
     "HTTP/1.1 304 Not Modified", {"Content-Length": ["99"], "ETag": ['"x"']}, b""),
    ("an error of the application's own passes", "GET", reply(status="500 Oh", content="no"), "HTTP/1.1 500 Oh",
     {"X-Naru-Reason": None}, b"no"),
]


@pytest.mark.parametrize(
    "method, said, line, fields, content", [x[1:] for x in RESPONSES], ids=[x[0] for x in RESPONSES]
)
def test_responses(site, method, said, line, fields, content):
    site.endpoint.will(said)
    with site.client() as client:
        answer = client.ask(request(line=f"{method} / HTTP/1.1"), method)
        assert (answer.first, answer.content) == (line, content)
        for name, values in fields.items():
            assert answer.values(name) == (values or []), name
        assert client.ask(request()).content == b"ok"  # the connection is still in step


def test_trailers_of_a_response_pass(site):
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
    site.endpoint.will(chunked + b"X-Sum: 1\r\nContent-Length: 9\r\n\r\n")
    with site.client() as client:
        answer = client.ask(request("TE: trailers\r\nConnection: TE\r\n"))
    assert (answer.content, answer.trailers) == (b"ok", [("X-Sum", "1")])


def test_interim_responses_pass_before_the_final_one(site):
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    site.endpoint.will(early, early, reply())
    with site.client() as client:
        seen = [client.ask(request()), client.response(), client.response()]
    assert [x.status for x in seen] == [103, 103, 200]
    assert seen[0].value("Link") == "</a>"


def test_interim_responses_do_not_pass_to_http_1_0(site):
    site.endpoint.will(b"HTTP/1.1 100 Continue\r\n\r\n", reply())
    with site.client() as client:
        assert client.ask(request(line="GET / HTTP/1.0")).status == 200


def test_expect_passes_and_so_does_its_answer(site):
    read = []
    site.endpoint.will(HEAD_ONLY, b"HTTP/1.1 100 Continue\r\n\r\n", lambda stream: read.append(stream.take(5)), reply())
    with site.client() as client:
        assert client.ask(post("Content-Length: 5\r\nExpect: 100-continue\r\n")).status == 100
        assert client.ask("hello").status == 200
    assert (site.endpoint.requests[0].value("Expect").lower(), read) == ("100-continue", [b"hello"])


def test_expect_may_be_answered_by_the_final_response(site):
    site.endpoint.will(HEAD_ONLY, reply(status="417 No", content=""), CLOSE)
    with site.client() as client:
        assert client.ask(post("Content-Length: 5\r\nExpect: 100-continue\r\n")).status == 417


# ---- connections ----


def test_pipelined_requests_are_answered_in_order(site):
    for number in range(5):
        site.endpoint.will(reply(content=str(number)))
    with site.client() as client:
        client.send("".join(request(line=f"GET /{number} HTTP/1.1") for number in range(5)))
        assert [client.response().content for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    assert [x.first for x in site.endpoint.requests] == [f"GET /{number} HTTP/1.1" for number in range(5)]


def test_a_head_in_pieces_is_one_request(site):
    with site.client() as client:
        for byte in request("X: y\r\n"):
            client.send(byte)
        assert client.response().status == 200
    assert site.endpoint.requests[0].value("X") == "y"


def test_an_endpoint_connection_is_used_again(site):
    with site.client() as client:
        for _ in range(3):
            assert client.ask(request()).status == 200
    with site.client() as client:
        assert client.ask(request()).status == 200
    assert site.endpoint.connections == 1


def test_close_of_the_client_closes(site):
    with site.client() as client:
        answer = client.ask(request("Connection: close\r\n"))
        assert (answer.value("Connection"), client.ended()) == ("close", True)
    assert site.endpoint.requests[0].value("Connection") is None


def test_http_1_0_closes_unless_it_asks_to_stay(site):
    with site.client() as client:
        assert client.ask(request(line="GET / HTTP/1.0")).value("Connection") == "close"
        assert client.ended()
    with site.client() as client:
        stay = request("Connection: keep-alive\r\n", "GET / HTTP/1.0")
        assert client.ask(stay).value("Connection") == "keep-alive"
        assert client.ask(stay).status == 200


def test_chunks_for_http_1_0_end_with_the_connection(site):
    site.endpoint.will(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    with site.client() as client:
        answer = client.ask(request("Connection: keep-alive\r\n", "GET / HTTP/1.0"))
    assert (answer.content, answer.value("Transfer-Encoding"), answer.value("Connection")) == (b"ok", None, "close")


def test_content_until_the_end_of_the_connection_passes_whole(site):
    site.endpoint.will(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300000, CLOSE)
    with site.client() as client:
        assert client.ask(request()).content == b"x" * 300000


# sentence, what the endpoint says before it breaks off
BROKEN = [
    ("within a length", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", CLOSE),
    ("within a length by a reset", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", RESET),
    ("within chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha", CLOSE),
    ("between chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nha\r\n", CLOSE),
    ("by a bad chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nha\r\nxyz\r\n", CLOSE),
    ("by a reset where only the end of the connection tells", b"HTTP/1.1 200 OK\r\n\r\nhalf", RESET),
]


@pytest.mark.parametrize("said, how", [x[1:] for x in BROKEN], ids=[x[0] for x in BROKEN])
def test_a_response_that_breaks_off_never_looks_whole(site, said, how):
    started = []

    def wait(_):
        until(lambda: started, "the client has the head")

    site.endpoint.will(said, wait, how)
    with site.client() as client:
        client.send(request())
        head = client.head()
        started.append(True)
        with pytest.raises((EOFError, OSError, ValueError)):
            if b"chunked" in head:
                client.chunks()
            elif b"Content-Length" in head:
                client.take(10)
            else:
                client.rest()


# What an endpoint must not say.
BAD_RESPONSES = [
    ("both framings", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
    ("a bare LF", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    ("a folded field", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\r\n b\r\n\r\nok"),
    ("a NUL", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: \0\r\n\r\nok"),
    ("chunked in HTTP/1.0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("no HTTP at all", b"SSH-2.0-x\r\n\r\n"),
    ("an upgrade that nobody asked for", b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    ("a head without end", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000),
]


@pytest.mark.parametrize("said", [x[1] for x in BAD_RESPONSES], ids=[x[0] for x in BAD_RESPONSES])
def test_bad_responses_are_answered_for(site, said):
    for _ in range(3):
        site.endpoint.will(said, CLOSE)
    with site.client() as client:
        answer = client.ask(post("Content-Length: 1\r\n", "x"))
        assert (answer.status, answer.value("X-Naru-Reason")) == (502, "bad_response")
    assert len(site.endpoint.requests) == 1  # a POST that was sent is not sent again


def test_what_an_endpoint_says_unasked_answers_nobody(site):
    """A second response behind the first must not become the answer to the next request."""
    site.endpoint.will(reply(content="first") + reply(content="stray"))
    with site.client() as client:
        assert client.ask(request()).content == b"first"
        assert client.ask(request()).content == b"ok"


def test_content_where_none_may_be_answers_nobody(site):
    for status, method in (("204 No Content", "GET"), ("304 Not Modified", "GET"), ("200 OK", "HEAD")):
        site.endpoint.will(reply(status=status, content="stray"))
        with site.client() as client:
            assert client.ask(request(line=f"{method} / HTTP/1.1"), method).content == b""
            assert client.ask(request()).content == b"ok"


def test_a_request_answered_early_leaves_the_next_one_in_step(site):
    """The client's content is read to its end, or its connection is closed; it is never read as a request."""
    site.endpoint.will(HEAD_ONLY, reply(status="413 Too Large", content=""), CLOSE)
    with site.client() as client:
        content = SMUGGLED * 100
        answer = client.ask(post(f"Content-Length: {len(content)}\r\n", content))
        assert answer.status == 413
        if answer.value("Connection") != "close":
            assert client.ask(request()).content == b"ok"
    assert not any("smuggled" in x.first for x in site.endpoint.requests)


def test_an_early_answer_costs_the_endpoint_connection(site):
    """What of the request the endpoint has not read must not be read by it as another one."""
    site.endpoint.will(HEAD_ONLY, reply(status="413 Too Large", content=""), lambda _: None)
    with site.client() as client:
        client.send(post("Content-Length: 1000\r\n", "x"))
        assert client.response().status == 413
    with site.client() as client:
        assert client.ask(request()).status == 200
    assert site.endpoint.connections == 2


def test_a_client_that_leaves_within_its_content_sends_no_whole_request(site):
    with site.client() as client:
        client.send(post("Content-Length: 10\r\n", "half"))
        until(lambda: site.endpoint.requests, "the endpoint has the head")
    with site.client() as client:
        assert client.ask(request()).content == b"ok"
    assert site.endpoint.requests[0].content == b"" and site.endpoint.connections == 2


# ---- upgrades ----

UPGRADE = "Connection: Upgrade\r\nUpgrade: echo\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"


def echo(stream):
    while True:
        stream.connection.sendall(stream.take(1).upper())


def test_after_101_bytes_pass_both_ways(site):
    site.endpoint.will(SWITCHED + b"hi", echo)
    with site.client() as client:
        answer = client.ask(request(UPGRADE))
        assert (answer.status, answer.value("Upgrade"), answer.value("Connection")) == (101, "echo", "Upgrade")
        assert answer.value("Content-Length") is None
        assert client.take(2) == b"hi"
        client.send("a\r\n\r\nb")
        assert client.take(6) == b"A\r\n\r\nB"


def test_before_101_nothing_is_a_tunnel(site):
    """What a client sends behind its request before it is answered is not taken for the other protocol."""
    site.endpoint.will(reply(status="403 No", content=""))
    with site.client() as client:
        client.send(request(UPGRADE) + SMUGGLED)
        assert client.response().status == 403
        assert client.response().content == b"ok"
    assert [x.first for x in site.endpoint.requests] == ["GET / HTTP/1.1", "GET /smuggled HTTP/1.1"]


def test_one_half_of_a_tunnel_may_end_first(site):
    def answer_at_the_end(stream):
        stream.connection.sendall(stream.rest()[::-1])

    site.endpoint.will(SWITCHED, answer_at_the_end, CLOSE)
    with site.client() as client:
        assert client.ask(request(UPGRADE)).status == 101
        client.send("abc").connection.shutdown(socket.SHUT_WR)
        assert client.rest() == b"cba"
