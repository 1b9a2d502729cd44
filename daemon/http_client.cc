#include "daemon/http_client.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <limits>

namespace naru::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

/// A request from connect to answer, each step starting the next.
class Exchange {
 public:
  Exchange(asio::io_context& io, const std::string& target) : stream_(io.get_executor()) {
    request_ = {http::verb::get, target, 11};
    request_.set(http::field::host, "localhost");
    request_.keep_alive(false);
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());  // a whole cluster's objects, from our own daemon
  }

  void start(const std::string& socket_path, std::chrono::seconds timeout) {
    stream_.expires_after(timeout);
    stream_.async_connect(Local::endpoint(socket_path), [this](error_code failed) {
      if (!proceeds(failed)) return;
      http::async_write(stream_, request_, [this](error_code unsent, std::size_t) {
        if (proceeds(unsent)) read();
      });
    });
  }

  [[nodiscard]] error_code failure() const { return failure_; }
  ClientResponse response() { return {parser_.get().result_int(), std::move(parser_.get().body())}; }

 private:
  void read() {
    http::async_read(stream_, buffer_, parser_, [this](error_code failed, std::size_t) { proceeds(failed); });
  }

  bool proceeds(error_code failed) {
    failure_ = failed;
    return !failed;
  }

  beast::basic_stream<Local, asio::io_context::executor_type> stream_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_;
  error_code failure_;
};

Errc kind_of(error_code failed) {
  if (failed == boost::system::errc::no_such_file_or_directory) return Errc::not_found;
  if (failed == boost::system::errc::permission_denied) return Errc::permission;
  const bool nobody = failed == boost::system::errc::connection_refused || failed == beast::error::timeout;
  return nobody ? Errc::unavailable : Errc::io;
}

}  // namespace

Result<ClientResponse> http_get(const std::string& socket_path, const std::string& target,
                                std::chrono::seconds timeout) try {
  asio::io_context io(1);
  Exchange exchange(io, target);
  exchange.start(socket_path, timeout);
  io.run();
  if (exchange.failure()) return Error{kind_of(exchange.failure()), exchange.failure().message()};
  return exchange.response();
} catch (const boost::system::system_error& e) {
  return Error{Errc::bad_input, e.code().message()};  // a path too long for a socket's address
}

}  // namespace naru::daemon
