// What the pod answers to a request: pure, but for counting it.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <string_view>

#include "demo/http_server.h"

namespace naru::demo {

using Request = boost::beast::http::request<boost::beast::http::string_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;

struct Answer {
  Response response;
  std::chrono::milliseconds after{0};  // to wait before sending it
};

/// `address` is the pod's own, as the connection has it.
[[nodiscard]] Answer answer(Pod& pod, const Request& request, std::string_view address, bool draining);

}  // namespace naru::demo
