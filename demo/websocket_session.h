// A WebSocket that sends every message back.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>

#include "demo/connections.h"
#include "demo/http_answer.h"

namespace naru::demo {

/// Each step keeps it alive. While the server drains it lives on, and is told 1001 at the end.
class WebSocketSession final : public Connections::Member, public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(boost::beast::tcp_stream stream, Connections& connections);

  void accept(const Request& request);
  void close() override;

 private:
  void read();
  void write();

  boost::beast::websocket::stream<boost::beast::tcp_stream> socket_;
  boost::beast::flat_buffer buffer_;
  Request request_;
};

}  // namespace naru::demo
