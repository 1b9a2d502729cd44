// Probes against endpoints that answer in every way that an endpoint may.
#include "daemon/probe.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <functional>

#include "http/h2_session.h"

namespace naru::daemon {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;
using config::ProbeType;
using lb::ProbeResult;

/// Serves one connection on a free port: for what it is sent, `answer` says what goes back; nothing: it ends.
class Endpoint {
 public:
  using Answer = std::function<std::optional<std::string>(std::string_view)>;

  Endpoint(asio::io_context& io, Answer answer)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), socket_(io), answer_(std::move(answer)) {
    acceptor_.async_accept(socket_, [this](error_code error) {
      if (!error) read();
    });
  }
  [[nodiscard]] SocketAddress address() const {
    return {IpAddress::v4(0x7f000001), Port(acceptor_.local_endpoint().port())};
  }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [this](error_code error, std::size_t size) {
      if (error) return;
      const auto bytes = answer_({buffer_.data(), size});
      if (!bytes) return socket_.close();
      asio::write(socket_, asio::buffer(*bytes), error);
      read();
    });
  }

  tcp::acceptor acceptor_;
  tcp::socket socket_;
  Answer answer_;
  std::array<char, 4096> buffer_{};
};

ProbeResult result_of(asio::io_context& io, const SocketAddress& address, config::ActiveHealth rules) {
  std::optional<ProbeResult> result;
  asio::co_spawn(io, probe({address, std::move(rules)}), [&](const std::exception_ptr& failed, ProbeResult got) {
    REQUIRE_FALSE(failed);
    result = got;
  });
  while (!result && io.run_one() > 0) {
  }
  REQUIRE(result);
  return *result;
}

ProbeResult ask(ProbeType type, Endpoint::Answer answer, config::ActiveHealth rules = {}) {
  asio::io_context io;
  Endpoint endpoint(io, std::move(answer));
  rules.type = type;
  return result_of(io, endpoint.address(), std::move(rules));
}

Endpoint::Answer says(std::string text) {
  return [text = std::move(text)](std::string_view) { return text; };
}

/// A health service: `message` is the answer to every call, or nothing at all.
class GrpcServer final : public http::H2Events {
 public:
  GrpcServer(std::string message, std::string status) : message_(std::move(message)), status_(std::move(status)) {}

  std::optional<std::string> operator()(std::string_view bytes) {
    if (!session_.receive(bytes, Clock::now())) return std::nullopt;
    const std::string out(session_.output());
    session_.output_written(out.size());
    return out;
  }
  void on_request(http::H2StreamId, http::RequestHead& head, bool) noexcept override { path_ = head.text(head.path); }
  void on_data(http::H2StreamId stream, std::string_view bytes, bool end) noexcept override {
    question_ += bytes;
    if (end) answer(stream);
  }
  void on_response(http::H2StreamId, http::ResponseHead&, bool) noexcept override {}
  void on_trailers(http::H2StreamId, http::FieldBlock&) noexcept override {}
  void on_reset(http::H2StreamId, http::H2Error, bool) noexcept override {}
  void on_writable(http::H2StreamId) noexcept override {}
  void on_go_away(http::H2StreamId, http::H2Error) noexcept override {}
  void on_ping_ack(std::uint64_t) noexcept override {}
  void on_settings() noexcept override {}

  std::string path_;
  std::string question_;

 private:
  void answer(http::H2StreamId stream) {
    http::ResponseHead head;
    head.version = http::Version::http2;
    head.status = 200;
    head.body.framing = http::Framing::chunked;
    head.fields.add(http::FieldName::content_type, "application/grpc");
    if (message_.empty()) head.fields.add(http::FieldName::grpc_status, status_);
    session_.send_response(stream, head, message_.empty());
    if (message_.empty()) return;
    static_cast<void>(session_.send_data(stream, message_, false));
    http::FieldBlock trailers;
    trailers.add(http::FieldName::grpc_status, status_);
    session_.send_trailers(stream, trailers);
  }

  http::H2Session session_{http::H2Session::Role::server, {}, *this};
  std::string message_;
  std::string status_;
};

TEST_CASE("a TCP probe wants a connection only") {
  CHECK(ask(ProbeType::tcp, says("")) == ProbeResult::success);
}

TEST_CASE("nobody listens") {
  asio::io_context io;
  SocketAddress address;
  {
    const Endpoint gone(io, says(""));
    address = gone.address();
  }
  for (const ProbeType type : {ProbeType::tcp, ProbeType::http, ProbeType::grpc}) {
    config::ActiveHealth rules;
    rules.type = type;
    CHECK(result_of(io, address, rules) == ProbeResult::not_connected);
    io.restart();
  }
}

TEST_CASE("an endpoint that takes the question and says nothing is found by the time-out") {
  config::ActiveHealth rules;
  rules.timeout = 50ms;
  CHECK(ask(ProbeType::http, says(""), rules) == ProbeResult::timed_out);
  CHECK(ask(ProbeType::grpc, says(""), rules) == ProbeResult::timed_out);
}

TEST_CASE("HTTP answers are judged by their status") {
  struct Row {
    const char* sentence;
    std::string answer;
    ProbeResult result;
  };
  const Row row =
      GENERATE(Row{"good", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ProbeResult::success},
               Row{"the head is enough", "HTTP/1.1 204 No Content\r\n\r\n", ProbeResult::success},
               Row{"a redirection is alive", "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", ProbeResult::success},
               Row{"not found", "HTTP/1.1 404 Not Found\r\n\r\n", ProbeResult::bad_status},
               Row{"unavailable", "HTTP/1.1 503 Service Unavailable\r\n\r\n", ProbeResult::bad_status},
               Row{"an older version", "HTTP/1.0 200 OK\r\n\r\n", ProbeResult::success},
               Row{"not HTTP", "220 mail.example ESMTP\r\n\r\n", ProbeResult::bad_response});
  INFO(row.sentence);
  CHECK(to_string(ask(ProbeType::http, says(row.answer))) == to_string(row.result));
}

TEST_CASE("HTTP probes expect what they are told to") {
  config::ActiveHealth rules;
  rules.expected_statuses = {{404, 404}};
  CHECK(ask(ProbeType::http, says("HTTP/1.1 404 Not Found\r\n\r\n"), rules) == ProbeResult::success);
  CHECK(ask(ProbeType::http, says("HTTP/1.1 200 OK\r\n\r\n"), rules) == ProbeResult::bad_status);
}

TEST_CASE("an endpoint that hangs up instead of answering") {
  const auto hangs_up = [](std::string_view) { return std::nullopt; };
  CHECK(ask(ProbeType::http, hangs_up) == ProbeResult::bad_response);
  CHECK(ask(ProbeType::grpc, hangs_up) == ProbeResult::bad_response);
}

TEST_CASE("HTTP probes ask for the path, of the host") {
  std::string asked;
  config::ActiveHealth rules;
  rules.path = "/healthz?full=1";
  rules.host = "web.example";
  ask(
      ProbeType::http,
      [&](std::string_view bytes) {
        asked += bytes;
        return std::optional<std::string>("HTTP/1.1 200 OK\r\n\r\n");
      },
      rules);
  CHECK(asked.starts_with("GET /healthz?full=1 HTTP/1.1\r\nHost: web.example\r\n"));
  CHECK(asked.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("gRPC answers are judged by status and message") {
  using namespace std::string_literals;
  struct Row {
    const char* sentence;
    std::string message;
    std::string status;
    ProbeResult result;
  };
  const Row row = GENERATE(Row{"serving", "\0\0\0\0\2\x08\1"s, "0", ProbeResult::success},
                           Row{"not serving", "\0\0\0\0\2\x08\2"s, "0", ProbeResult::not_serving},
                           Row{"no such method", "", "12", ProbeResult::bad_status},
                           Row{"a failure after the message", "\0\0\0\0\2\x08\1"s, "14", ProbeResult::bad_status});
  INFO(row.sentence);
  GrpcServer server(row.message, row.status);
  config::ActiveHealth rules;
  rules.service = "shop.Cart";
  const auto result = ask(
      ProbeType::grpc, [&](std::string_view bytes) { return server(bytes); }, rules);
  CHECK(to_string(result) == to_string(row.result));
  CHECK(server.path_ == "/grpc.health.v1.Health/Check");
  CHECK(server.question_ == "\0\0\0\0\x0b\x0a\x09shop.Cart"s);
}

TEST_CASE("a gRPC probe of an HTTP/1 server fails") {
  CHECK(ask(ProbeType::grpc, says("HTTP/1.1 400 Bad Request\r\n\r\n")) == ProbeResult::bad_response);
}

}  // namespace
}  // namespace naru::daemon
