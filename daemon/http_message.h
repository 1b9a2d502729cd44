// Requests and responses of naru's own endpoints, as their handlers see them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace naru::daemon {

struct HttpRequest {
  std::string method;                        // "GET"
  std::string path;                          // decoded, without the query: "/v1/services"
  std::map<std::string, std::string> query;  // decoded; of a parameter given twice the last
};

struct HttpResponse {
  unsigned status{200};
  std::string content_type{"text/plain; charset=utf-8"};
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside Content-Type and Content-Length
  /// Where set, makes the body, in the place of `body`. Called once, on a thread of its own: it owns what it reads, or
  /// that may be read by any thread.
  std::function<std::string()> late_body{};
};

/// With its body in place, made here.
[[nodiscard]] inline HttpResponse whole(HttpResponse response) {
  if (response.late_body) response.body = std::exchange(response.late_body, nullptr)();
  return response;
}

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace naru::daemon
