#include "http/reason.h"

#include <set>

#include "tests/unit/http/field_lines.h"

namespace naru::http {
namespace {

TEST_CASE("every reason has a name of its own and an error status") {
  std::set<std::string_view> names;
  for (std::size_t i = 1; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    INFO(to_string(reason));
    CHECK(names.insert(to_string(reason)).second);
    CHECK(status_for(reason) >= 400);
    CHECK(grpc_status_for(reason) > 0);
  }
  CHECK(to_string(Reason::none) == "none");
  CHECK(to_string(Reason::source_denied) == "source_denied");
}

TEST_CASE("reasons and what answers them") {
  struct Row {
    Reason reason;
    int status;
    int grpc_status;
  };
  const Row rows[] = {
      {Reason::no_endpoint, 503, 14},
      {Reason::connect_failed, 503, 14},
      {Reason::endpoint_reset, 502, 14},
      {Reason::bad_response, 502, 14},
      {Reason::per_try_timeout, 504, 4},
      {Reason::request_timeout, 504, 4},
      {Reason::overloaded, 503, 8},
      {Reason::bad_request, 400, 13},
      {Reason::request_head_timeout, 408, 4},
      {Reason::head_too_large, 431, 8},
      {Reason::connect_refused, 405, 12},
      {Reason::not_implemented, 501, 12},
      {Reason::version_not_supported, 505, 12},
      {Reason::source_denied, 403, 7},
  };
  for (const Row& row : rows) {
    INFO(to_string(row.reason));
    CHECK(status_for(row.reason) == row.status);
    CHECK(grpc_status_for(row.reason) == row.grpc_status);
  }
}

TEST_CASE("a fault of a head is answered as its status says") {
  for (int i = 0; i <= static_cast<int>(H1Fault::truncated); ++i) {
    const auto fault = static_cast<H1Fault>(i);
    INFO(to_string(fault));
    if (fault != H1Fault::none) CHECK(status_for(reason_for(fault)) == status_for(fault));
  }
  CHECK(reason_for(H1Fault::none) == Reason::none);
  CHECK(reason_for(RequestFault::none) == Reason::none);
  CHECK(reason_for(RequestFault::bad_path) == Reason::bad_request);
  CHECK(reason_for(RequestFault::connect_refused) == Reason::connect_refused);
}

TEST_CASE("an answer says why in its fields and its line") {
  const LocalAnswer answer = local_answer(Reason::no_endpoint, "shop/web:80", false);
  CHECK(answer.head.status == 503);
  CHECK(answer.body == "naru: no_endpoint: shop/web:80\n");
  CHECK(answer.head.body == Body{Framing::length, answer.body.size()});
  CHECK(test::lines(answer.head.fields) ==
        "content-type: text/plain; charset=utf-8\ncontent-length: 31\nx-naru-reason: no_endpoint\n");
  CHECK(local_answer(Reason::overloaded, "", false).body == "naru: overloaded\n");
}

TEST_CASE("405 says what is allowed") {
  const LocalAnswer answer = local_answer(Reason::connect_refused, "", false);
  CHECK(answer.head.fields.find_other("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE");
}

TEST_CASE("a gRPC client is answered in its own terms") {
  const LocalAnswer answer = local_answer(Reason::request_timeout, "100% \xc3\xbc\n", true);
  CHECK(answer.head.status == 200);
  CHECK(answer.body.empty());
  CHECK(answer.head.body == Body{});
  CHECK(test::lines(answer.head.fields) ==
        "content-type: application/grpc\ngrpc-status: 4\ngrpc-message: naru: request_timeout: 100%25 %C3%BC%0A\n"
        "x-naru-reason: request_timeout\n");
}

}  // namespace
}  // namespace naru::http
