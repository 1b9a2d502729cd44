// The pod's gRPC services, on the wire's own terms: grpc.health.v1.Health, and one that echoes.
#pragma once

#include "demo/http_answer.h"

namespace naru::demo {

[[nodiscard]] bool is_grpc(const RequestHead& request);

/// `/naru.demo.Echo/Unary` sends the message back, `/naru.demo.Echo/Stream` as often as the metadata `x-count` says,
/// `x-interval-ms` apart, and `/grpc.health.v1.Health/Check` says whether the pod takes traffic.
void answer_grpc(Answer& out, const Request& request, bool healthy);

/// A call that failed before any message.
void fail_grpc(Answer& out, int status, std::string_view message);

constexpr int kGrpcInvalidArgument = 3;
constexpr int kGrpcUnimplemented = 12;
constexpr int kGrpcUnavailable = 14;

}  // namespace naru::demo
