// One connection of the HTTP server.
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <set>

#include "daemon/http_message.h"
#include "daemon/http_server.h"
#include "daemon/page_maker.h"
#include "daemon/spare_descriptors.h"

namespace naru::daemon {

class HttpSession;

/// What sessions share with their server, and may outlive it by.
struct HttpSessions {
  HttpHandler handler;
  HttpLimits limits;
  std::set<HttpSession*> live;
  SpareDescriptors spares;
  PageMaker pages;
};

/// Reads a request, answers it, and again until the client goes or a time-out passes. Owned by its pending operation.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  HttpSession(Socket socket, std::shared_ptr<HttpSessions> sessions);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void start();
  /// Answers 503 and closes, without reading.
  void refuse();
  void close();

 private:
  void read();
  void on_read(boost::system::error_code failed);
  void answer(HttpResponse response, bool close_after);
  void answer_later(HttpResponse response, bool close_after);
  void on_written(boost::system::error_code failed, bool close_after);
  void discard();

  boost::beast::basic_stream<boost::asio::generic::stream_protocol, boost::asio::any_io_executor> stream_;
  std::shared_ptr<HttpSessions> sessions_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::array<char, 1024> discarded_{};
};

}  // namespace naru::daemon
