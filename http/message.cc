#include "http/message.h"

#include <array>
#include <utility>

namespace naru::http {

std::string_view to_string(Version version) {
  switch (version) {
    case Version::http10:
      return "HTTP/1.0";
    case Version::http11:
      return "HTTP/1.1";
    case Version::http2:
      return "HTTP/2";
  }
  return "";
}

Method method_of(std::string_view token) {
  static constexpr std::array<std::pair<std::string_view, Method>, 9> kMethods = {{{"GET", Method::get},
                                                                                   {"HEAD", Method::head},
                                                                                   {"POST", Method::post},
                                                                                   {"PUT", Method::put},
                                                                                   {"DELETE", Method::del},
                                                                                   {"CONNECT", Method::connect},
                                                                                   {"OPTIONS", Method::options},
                                                                                   {"TRACE", Method::trace},
                                                                                   {"PATCH", Method::patch}}};
  for (const auto& [name, method] : kMethods) {
    if (name == token) return method;
  }
  return Method::other;
}

bool is_idempotent(Method method) {
  switch (method) {
    case Method::get:
    case Method::head:
    case Method::options:
    case Method::trace:
    case Method::put:
    case Method::del:
      return true;
    case Method::post:
    case Method::connect:
    case Method::patch:
    case Method::other:
      return false;
  }
  return false;
}

void RequestHead::clear() {
  version = Version::http11;
  method = Method::get;
  method_text = scheme = authority = path = {};
  body = {};
  keep_alive = true;
  expect_continue = upgrade = te_trailers = false;
  fields.clear();
}

void ResponseHead::clear() {
  version = Version::http11;
  status = 0;
  reason = {};
  body = {};
  keep_alive = true;
  fields.clear();
}

}  // namespace naru::http
