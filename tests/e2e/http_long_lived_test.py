"""WebSockets and gRPC streams while their pods go: they live on until they or their pod end, or until the policy's cap."""

import asyncio
import http.client
import threading
import time

import grpc
import pytest
import websockets

from naru_harness.fronts import NaruFront
from naru_harness.wait import until

GOING_AWAY = 1001  # RFC 6455, 7.4.1
INTERVAL = 0.02


class Stage:
    def __init__(self, lab, speaks, policy=None, **options):
        self.front = NaruFront(lab, speaks, policy)
        self.pod = lab.pod("old", **options)
        self.other = lab.pod("new")
        self.front.publish([self.pod], [])
        self.front.start()
        self.target = f"{self.front.address}:{self.front.port}"

    def replace(self):
        """The news and the SIGTERM at the same moment."""
        self.front.publish([self.other], [self.pod])
        self.pod.popen.terminate()


class Stream(threading.Thread):
    """A gRPC call with many answers."""

    def __init__(self, target, messages):
        super().__init__(daemon=True)
        # A channel of its own, not the process-wide one for this target.
        self.channel = grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])
        metadata = [("x-count", str(messages)), ("x-interval-ms", str(int(INTERVAL * 1000)))]
        self.call = self.channel.unary_stream("/naru.demo.Echo/Stream")(b"again", metadata=metadata, timeout=30)
        self.received, self.error = [], None
        self.start()

    def run(self):
        try:
            for message in self.call:
                self.received.append(message)
        except grpc.RpcError as error:
            self.error = error


def test_a_grpc_stream_is_served_to_its_end_by_a_pod_that_goes(lab):
    stage = Stage(lab, "grpc")
    stream = Stream(stage.target, 60)
    until(lambda: stream.received, "the stream flows")
    stage.replace()
    stream.join(timeout=15)
    assert stream.error is None and len(stream.received) == 60
    assert stage.pod.wait() == 0


def test_other_calls_of_the_same_channel_go_to_the_pod_that_stays(lab):
    stage = Stage(lab, "grpc")
    stream = Stream(stage.target, 100)
    until(lambda: stream.received, "the stream flows")
    stage.replace()
    echo = stream.channel.unary_unary("/naru.demo.Echo/Unary")

    def pod():
        _, call = echo.with_call(b"who", timeout=5)
        return dict(call.initial_metadata())["x-pod"]

    until(lambda: pod() == "new", "calls go to the new pod")
    assert [pod() for _ in range(20)] == ["new"] * 20
    stream.join(timeout=15)
    assert stream.error is None and len(stream.received) == 100


def test_a_grpc_stream_ends_with_the_drain_time_out(lab):
    stage = Stage(lab, "grpc", {"drain": {"timeout": "300ms"}})
    stream = Stream(stage.target, 1000)
    until(lambda: stream.received, "the stream flows")
    began = time.monotonic()
    stage.front.publish([stage.other], [stage.pod])
    stream.join(timeout=15)
    stream.channel.close()
    assert stream.error is not None, "cut, not ended as if it were whole"
    assert 0.2 < time.monotonic() - began < 5


def test_a_websocket_lives_on_until_its_pod_says_goodbye(lab):
    stage = Stage(lab, "http1", grace=700)

    async def talk():
        async with websockets.connect(f"ws://{stage.target}/") as socket:
            await socket.send("before")
            assert await socket.recv() == "before"
            stage.replace()
            await asyncio.sleep(0.3)
            await socket.send(b"after")
            assert await socket.recv() == b"after"
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 10)
            return closed.value.rcvd.code

    assert asyncio.run(talk()) == GOING_AWAY


def test_a_websocket_is_told_at_the_drain_time_out(lab):
    stage = Stage(lab, "http1", {"drain": {"timeout": "300ms"}})

    async def talk():
        async with websockets.connect(f"ws://{stage.target}/") as socket:
            await socket.send("before")
            assert await socket.recv() == "before"
            stage.front.publish([stage.other], [stage.pod])
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 10)
            return closed.value.rcvd and closed.value.rcvd.code

    assert asyncio.run(talk()) == GOING_AWAY


def test_a_large_answer_is_finished_by_a_pod_that_goes(lab):
    """100 MB are on their way, and the client takes its time."""
    stage = Stage(lab, "http1")
    connection = http.client.HTTPConnection(stage.front.address, stage.front.port, timeout=20)
    connection.request("GET", "/bytes?n=100000000")
    answer = connection.getresponse()
    taken = len(answer.read(1_000_000))
    stage.replace()
    while chunk := answer.read(4_000_000):
        taken += len(chunk)
        time.sleep(INTERVAL)
    assert taken == 100_000_000
    assert stage.pod.wait() == 0
