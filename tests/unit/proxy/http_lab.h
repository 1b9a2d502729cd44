// A Service port that speaks HTTP, and scripted clients and endpoints around it.
#pragma once

#include "tests/unit/proxy/harness.h"

namespace naru::proxy::test {

/// A TestService whose port speaks HTTP/1.1 to its endpoints.
struct HttpService : TestService {
  explicit HttpService(std::vector<lb::Endpoint> endpoints, std::uint32_t last = 1)
      : TestService(std::move(endpoints), last) {
    port.settings.http.protocol = ApplicationProtocol::http;
    port.settings.http.forwarding.x_forwarded = false;
    port.settings.http.forwarding.request_id = false;
    port.state->http = std::make_unique<HttpPortState>();
    publish();
  }
  [[nodiscard]] HttpPortState& http() const { return *port.state->http; }
};

/// Reads up to the end of a head; what follows stays in the stream.
inline std::string receive_head(const Stream& stream) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const std::string byte = stream.receive(1);
    if (byte.empty()) break;
    head += byte;
  }
  return head;
}

inline std::string get(std::string_view path = "/") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: web\r\n\r\n";
}

inline std::string post(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

inline std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace naru::proxy::test
