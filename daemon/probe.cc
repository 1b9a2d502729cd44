#include "daemon/probe.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
namespace naru::daemon {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using lb::ProbeResult;

namespace {

asio::ip::tcp::endpoint to_asio(const SocketAddress& address) {
  if (address.ip.is_v4()) return {asio::ip::address_v4(address.ip.v4_value()), address.port.value()};
  return {asio::ip::address_v6(address.ip.bytes()), address.port.value()};
}

bool is_expected(int status, const std::vector<config::StatusRange>& expected) {
  return std::ranges::any_of(
      expected, [&](const config::StatusRange& range) { return status >= range.first && status <= range.last; });
}

}  // namespace

ProbeResult failed_exchange(const error_code& error) {
  return error == beast::error::timeout ? ProbeResult::timed_out : ProbeResult::bad_response;
}

std::string host_of(const ProbeTarget& target) {
  return target.rules.host.empty() ? target.address.to_string() : target.rules.host;
}

asio::awaitable<ProbeResult> probe(ProbeTarget target) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(target.rules.timeout);
  error_code error;
  co_await stream.async_connect(to_asio(target.address), asio::redirect_error(asio::use_awaitable, error));
  if (error == beast::error::timeout) co_return ProbeResult::timed_out;
  if (error) co_return ProbeResult::not_connected;
  switch (target.rules.type) {
    case config::ProbeType::http:
      co_return co_await ask_http(stream, target);
    case config::ProbeType::grpc:
      co_return co_await ask_grpc(stream, target);
    case config::ProbeType::tcp:
      break;
  }
  co_return ProbeResult::success;
}

asio::awaitable<ProbeResult> ask_http(beast::tcp_stream& stream, const ProbeTarget& target) {
  namespace http = beast::http;
  http::request<http::empty_body> request(http::verb::get, target.rules.path, 11);
  request.set(http::field::host, host_of(target));
  request.set(http::field::user_agent, "naru-probe/" NARU_VERSION);
  request.keep_alive(false);
  error_code error;
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return failed_exchange(error);
  beast::flat_buffer buffer;
  http::response_parser<http::empty_body> response;  // the head says it all
  co_await http::async_read_header(stream, buffer, response, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return failed_exchange(error);
  const bool good = is_expected(static_cast<int>(response.get().result_int()), target.rules.expected_statuses);
  co_return good ? ProbeResult::success : ProbeResult::bad_status;
}

}  // namespace naru::daemon
