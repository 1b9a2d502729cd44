// What is remembered of one request: for the metrics, the access log and `naru get connections`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/time.h"
#include "http/message.h"
#include "http/reason.h"
#include "http/retry.h"

namespace naru::proxy {

/// One per request, at its end. Small, and without allocations: the texts are views into the request's head and valid
/// only while it is reported.
struct RequestRecord {
  http::Method method{http::Method::get};
  http::Version client_version{http::Version::http11};
  http::Version backend_version{http::Version::http11};
  int status{};                             // of the final response; 0: none was begun
  std::optional<int> grpc_status;           // where the response or its trailers said
  http::Reason reason{http::Reason::none};  // why naru answered or broke off by itself
  bool client_gone{};                       // the client left before the response was complete
  bool broken_off{};                        // the response began and could not be completed
  bool tunnel{};                            // switched protocols
  int attempts{};                           // endpoints given the request, or at least asked to connect
  std::uint64_t bytes_received{};           // content from the client
  std::uint64_t bytes_sent{};               // content to the client
  Duration duration{};                      // from the whole head to the last byte handed to the client's side
  std::optional<Duration> first_byte;       // to the endpoint's final head
  SocketAddress client;
  SocketAddress endpoint;  // the last one; 0.0.0.0:0: none
  std::string_view method_text;
  std::string_view authority;
  std::string_view path;
  std::string_view request_id;
  std::string_view traceparent;
};

}  // namespace naru::proxy
