#include "demo/load/exchange.h"

#include <catch2/catch.hpp>
#include <optional>

#include "demo/grpc_message.h"

using namespace naru::demo;

namespace {

/// An exchange of ten bytes, and what became of it.
struct Asked {
  explicit Asked(Protocol protocol = Protocol::http1, bool posting = false)
      : exchange("r-1", {protocol, "", posting}, 10, [this](const Exchange&, Outcome ended) { outcome = ended; }) {}

  void answered(int status, std::string_view id, std::string_view body) {
    exchange.take_header(":status", std::to_string(status));
    exchange.take_header("x-ledger-id", id);
    exchange.take_data(body);
  }

  std::optional<Outcome> outcome;
  Exchange exchange;
};

}  // namespace

TEST_CASE("an answer is right if its status, its id and its body are", "[demo]") {
  struct Row {
    int status;
    const char* id;
    const char* body;
    Outcome outcome;
  };
  const Row rows[] = {
      {200, "r-1", "xxxxxxxxxx", Outcome::ok},
      {200, "r-1", "xxxxxxxxx", Outcome::wrong},    // a byte short
      {200, "r-1", "xxxxxxxxxxx", Outcome::wrong},  // a byte more
      {200, "r-1", "xxxxyxxxxx", Outcome::wrong},
      {200, "r-2", "xxxxxxxxxx", Outcome::wrong},  // another's
      {200, "", "xxxxxxxxxx", Outcome::wrong},
      {503, "r-1", "xxxxxxxxxx", Outcome::status},
      {502, "", "", Outcome::status},
  };
  for (const auto& row : rows) {
    Asked asked;
    asked.answered(row.status, row.id, row.body);
    asked.exchange.complete();
    INFO(row.status << " " << row.id << " " << row.body);
    CHECK(asked.outcome == row.outcome);
  }
}

TEST_CASE("a POST's body comes back", "[demo]") {
  Asked asked(Protocol::h2, true);
  CHECK(asked.exchange.method() == "POST");
  CHECK(asked.exchange.body() == "r-1 r-1 r-");
  asked.answered(200, "r-1", "r-1 r-1 r-");
  asked.exchange.complete();
  CHECK(asked.outcome == Outcome::ok);
}

TEST_CASE("a gRPC call succeeds by its status of gRPC", "[demo]") {
  for (const auto& [status, outcome] : {std::pair{"0", Outcome::ok}, {"14", Outcome::status}, {"x", Outcome::status}}) {
    Asked asked(Protocol::grpc);
    asked.answered(200, "r-1", grpc_frame("r-1 r-1 r-"));
    asked.exchange.take_header("grpc-status", status);
    asked.exchange.complete();
    INFO(status);
    CHECK(asked.outcome == outcome);
  }
  Asked silent(Protocol::grpc);
  silent.answered(200, "r-1", grpc_frame("r-1 r-1 r-"));
  silent.exchange.complete();
  CHECK(silent.outcome == Outcome::status);
}

TEST_CASE("an answer that began and did not end is cut, however the connection went", "[demo]") {
  for (const auto how : {Outcome::eof, Outcome::reset}) {
    Asked before;
    before.exchange.fail(how, "gone");
    CHECK(before.outcome == how);
    Asked after;
    after.exchange.take_header(":status", "200");
    after.exchange.fail(how, "gone");
    CHECK(after.outcome == Outcome::truncated);
  }
}

TEST_CASE("the first end counts", "[demo]") {
  Asked asked;
  asked.exchange.fail(Outcome::timeout, "late");
  asked.answered(200, "r-1", "xxxxxxxxxx");
  asked.exchange.complete();
  asked.exchange.fail(Outcome::reset, "gone");
  CHECK(asked.outcome == Outcome::timeout);
  CHECK(asked.exchange.reason() == "late");
}

TEST_CASE("naru's reason is kept", "[demo]") {
  Asked asked;
  asked.answered(503, "", "");
  asked.exchange.take_header("x-naru-reason", "no_endpoint");
  asked.exchange.complete();
  CHECK(asked.exchange.reason() == "no_endpoint");
}
