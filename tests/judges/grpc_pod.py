#!/usr/bin/python3
"""A gRPC server: `grpc_pod.py ADDRESS PORT NAME`. Says "ready" once it listens. Messages are bytes as they are.

/echo/Unary   the message            /echo/Count  streams N numbers for the message N
/echo/Chat    each message back      /echo/Fail   NOT_FOUND with details
"""

import concurrent.futures
import signal
import sys

import grpc


class Echo(grpc.GenericRpcHandler):
    def __init__(self, name):
        self.name = name

    def service(self, call):
        kind = call.method.rsplit("/", 1)[1]
        return {
            "Unary": lambda: grpc.unary_unary_rpc_method_handler(self.unary),
            "Count": lambda: grpc.unary_stream_rpc_method_handler(self.count),
            "Chat": lambda: grpc.stream_stream_rpc_method_handler(self.chat),
            "Fail": lambda: grpc.unary_unary_rpc_method_handler(self.fail),
        }[kind]()

    def unary(self, message, context):
        context.send_initial_metadata((("x-pod", self.name),))
        context.set_trailing_metadata((("x-end", "unary"),))
        return message

    def count(self, message, context):
        for number in range(int(message)):
            yield str(number).encode()

    def chat(self, messages, context):
        for message in messages:
            yield message.upper()

    def fail(self, message, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: ä%")


def main(address, port, name):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=(Echo(name),))
    server.add_insecure_port(f"{address}:{port}")
    server.start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM})
    server.stop(None)


main(*sys.argv[1:])
