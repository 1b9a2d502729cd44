// What the pod answers to a request, whichever version of HTTP brought it. Pure, but for counting it.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "demo/pod.h"

namespace naru::demo {

using Request = boost::beast::http::request<boost::beast::http::string_body>;
using RequestHead = boost::beast::http::header<true>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;

struct Answer {
  Response response;
  std::chrono::milliseconds after{0};                         // to wait before sending it
  std::vector<std::pair<std::string, std::string>> trailers;  // HTTP/2 only
  std::size_t more{0};                                        // times that the body is sent again, HTTP/2 only,
  std::chrono::milliseconds interval{0};                      // so long after one another
};

/// `address` is the pod's own, as the connection has it.
[[nodiscard]] Answer answer(Pod& pod, const Request& request, std::string_view address, bool draining);

/// Enters it in the pod's ledger, under the request's id: its header X-Ledger-Id, which no proxy makes anew, else
/// X-Request-Id, else `?id=` of its target.
void enter(const Pod& pod, Ledger::Event event, const RequestHead& request);

}  // namespace naru::demo
