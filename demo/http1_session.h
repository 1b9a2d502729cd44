// The pod's side of one HTTP/1 connection.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <optional>
#include <string>

#include "demo/connections.h"
#include "demo/http_answer.h"

namespace naru::demo {

/// Each step keeps it alive; it ends when no step follows.
class Http1Session final : public Connections::Member, public std::enable_shared_from_this<Http1Session> {
 public:
  /// `already_read` are the connection's first bytes.
  Http1Session(boost::beast::tcp_stream stream, boost::beast::flat_buffer already_read, Pod& pod,
               Connections& connections);

  void read();
  void close() override;
  void drain() override;

 private:
  void begin();
  void read_body();
  void send_continue();
  void respond();
  void send();
  void send_part();
  void sent();
  void hang();
  void reset();
  void linger();
  void discard();

  boost::beast::tcp_stream stream_;
  boost::asio::steady_timer timer_;
  Pod& pod_;
  Connections& connections_;
  std::string address_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::empty_body> continue_;
  Response response_;
  std::string part_;  // of an answer that is cut
  bool idle_{true};   // between requests
};

}  // namespace naru::demo
