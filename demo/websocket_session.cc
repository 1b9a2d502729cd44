#include "demo/websocket_session.h"

namespace naru::demo {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;

WebSocketSession::WebSocketSession(boost::beast::tcp_stream stream, Connections& connections)
    : Member(connections), socket_(std::move(stream)) {}

void WebSocketSession::accept(const Request& request) {
  request_ = request;
  socket_.async_accept(request_, [self = shared_from_this()](error_code error) {
    if (!error) self->read();
  });
}

void WebSocketSession::read() {
  socket_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
    if (!error) self->write();
  });
}

void WebSocketSession::write() {
  socket_.text(socket_.got_text());
  socket_.async_write(buffer_.data(), [self = shared_from_this()](error_code error, std::size_t) {
    self->buffer_.clear();
    if (!error) self->read();
  });
}

void WebSocketSession::close() {
  socket_.async_close(websocket::close_code::going_away, [self = shared_from_this()](error_code) {});
}

}  // namespace naru::demo
