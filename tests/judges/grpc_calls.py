#!/usr/bin/python3
"""gRPC's own client: `grpc_calls.py ADDRESS PORT` makes one of each kind of call on one channel and prints what came."""

import json
import sys

import grpc

LARGE = bytes(range(256)) * 8192  # 2 MiB


def pods_of(unary, count):
    """Which pods answer calls that are under way together."""
    calls = [unary.future(b"x", timeout=10) for _ in range(count)]
    return sorted({dict(call.initial_metadata())["x-pod"] for call in calls if call.result() == b"x"})


def chat(channel):
    """One message after another, each sent when the answer to the last is there."""
    answers = []
    pending = iter([b"one", b"two", b"three"])
    stream = None

    def messages():
        for message in pending:
            yield message
            while len(answers) == 0 or answers[-1] != message.upper():
                if stream is not None and not stream.is_active():
                    return
                answered.wait(0.01)

    import threading

    answered = threading.Event()
    stream = channel.stream_stream("/echo/Chat")(messages(), timeout=10)
    for answer in stream:
        answers.append(answer)
    return [x.decode() for x in answers]


def failure(channel):
    try:
        channel.unary_unary("/echo/Fail")(b"", timeout=10)
    except grpc.RpcError as error:
        return [error.code().name, error.details()]
    return []


def main(address, port):
    options = [("grpc.max_receive_message_length", -1), ("grpc.enable_http_proxy", 0)]
    with grpc.insecure_channel(f"{address}:{port}", options=options) as channel:
        unary = channel.unary_unary("/echo/Unary")
        reply, call = unary.with_call(b"hello", timeout=10)
        found = {
            "unary": reply.decode(),
            "trailing": dict(call.trailing_metadata()),
            "large": unary(LARGE, timeout=10) == LARGE,
            "count": [int(x) for x in channel.unary_stream("/echo/Count")(b"100", timeout=10)] == list(range(100)),
            "chat": chat(channel),
            "failure": failure(channel),
            "pods": pods_of(unary, 40),
        }
    print(json.dumps(found))


main(*sys.argv[1:])
