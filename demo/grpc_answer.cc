#include "demo/grpc_answer.h"

#include <algorithm>
#include <array>

#include "demo/grpc_message.h"
#include "demo/query.h"

namespace naru::demo {
namespace {

constexpr std::uint64_t kLongestStream = 1'000'000;  // messages
constexpr std::uint64_t kLongestInterval = 60'000;   // milliseconds

std::uint64_t metadata(const Request& request, std::string_view key, std::uint64_t otherwise, std::uint64_t most) {
  const auto text = request[boost::beast::string_view(key.data(), key.size())];
  return std::min(to_number({text.data(), text.size()}).value_or(otherwise), most);
}

/// HealthCheckResponse{status: SERVING or NOT_SERVING}, as protobuf writes it: field 1, varint.
std::string health(bool healthy) {
  const std::array<char, 2> message{'\x08', healthy ? '\x01' : '\x02'};
  return grpc_frame({message.data(), message.size()});
}

void set_stream(Answer& out, const Request& request) {
  const auto count = metadata(request, "x-count", 1, kLongestStream);
  if (count == 0) return out.response.body().clear();
  out.more = count - 1;
  out.interval = std::chrono::milliseconds(metadata(request, "x-interval-ms", 0, kLongestInterval));
}

}  // namespace

bool is_grpc(const RequestHead& request) {
  return request[boost::beast::http::field::content_type].starts_with("application/grpc");
}

void fail_grpc(Answer& out, int status, std::string_view message) {
  out.response.body().clear();
  out.more = 0;
  out.trailers = {{"grpc-status", std::to_string(status)}, {"grpc-message", std::string(message)}};
}

void answer_grpc(Answer& out, const Request& request, bool healthy) {
  out.response.set(boost::beast::http::field::content_type, "application/grpc");
  const auto message = grpc_unframe(request.body());
  if (!message) return fail_grpc(out, kGrpcInvalidArgument, "one uncompressed message is wanted");
  out.trailers = {{"grpc-status", "0"}};
  const auto path = path_of({request.target().data(), request.target().size()});
  if (path == "/grpc.health.v1.Health/Check") {
    out.response.body() = health(healthy);
  } else if (path == "/naru.demo.Echo/Unary" || path == "/naru.demo.Echo/Stream") {
    out.response.body() = request.body();
    if (path.ends_with("Stream")) set_stream(out, request);
  } else {
    fail_grpc(out, kGrpcUnimplemented, "no such method");
  }
}

}  // namespace naru::demo
