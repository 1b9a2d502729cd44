// gRPC's messages on the wire: a flag, a length, and the message itself
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace naru::demo {

[[nodiscard]] std::string grpc_frame(std::string_view message);
/// The message of a body that is exactly one uncompressed frame.
[[nodiscard]] std::optional<std::string_view> grpc_unframe(std::string_view body);

}  // namespace naru::demo
