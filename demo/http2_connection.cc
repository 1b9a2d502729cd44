#include "demo/http2_connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "demo/http2_callbacks.h"

namespace naru::demo {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMostAtOnce = 64 * 1024;
constexpr std::chrono::seconds kLinger(1);

}  // namespace

Http2Connection::Http2Connection(tcp::socket socket, Side side)
    : socket_(std::move(socket)), linger_(socket_.get_executor()) {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  nghttp2_session* made = nullptr;
  const auto create = side == Side::server ? nghttp2_session_server_new : nghttp2_session_client_new;
  if (create(&made, Http2Callbacks::table(), this) != 0) throw std::bad_alloc();
  session_.reset(made);
}

void Http2Connection::start(std::string_view already_read) {
  const std::array<nghttp2_settings_entry, 1> settings{{{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000}}};
  nghttp2_submit_settings(session(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  receive(already_read);
  read();
}

void Http2Connection::read() {
  socket_.async_read_some(boost::asio::buffer(in_), [self = shared_from_this()](error_code error, std::size_t size) {
    if (error) return self->end(error);
    self->receive({self->in_.data(), size});
    self->read();
  });
}

void Http2Connection::receive(std::string_view data) {
  if (ended_ || half_closed_) return;
  in_session_ = true;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
  const auto taken = nghttp2_session_mem_recv(session(), bytes, data.size());
  in_session_ = false;
  if (taken < 0) return shut();
  flush();
}

void Http2Connection::flush() {
  if (writing_ || in_session_ || ended_ || half_closed_) return;
  gather();
  last_write_ = reset_after_.has_value();
  if (last_write_) out_.resize(std::min(out_.size(), *reset_after_));
  if (!out_.empty()) return write();
  if (last_write_) return reset();
  if (nghttp2_session_want_read(session()) == 0 && nghttp2_session_want_write(session()) == 0) linger();
}

void Http2Connection::gather() {
  in_session_ = true;
  const std::uint8_t* data = nullptr;
  while (out_.size() < kMostAtOnce) {
    const auto size = nghttp2_session_mem_send(session(), &data);
    if (size <= 0) break;
    out_.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  }
  in_session_ = false;
}

void Http2Connection::write() {
  writing_ = true;
  boost::asio::async_write(socket_, boost::asio::buffer(out_),
                           [self = shared_from_this()](error_code error, std::size_t) {
                             self->writing_ = false;
                             if (self->last_write_) return self->reset();
                             self->out_.clear();
                             if (!error) self->flush();
                           });
}

void Http2Connection::reset_after(std::size_t bytes) {
  reset_after_ = bytes;
}

void Http2Connection::reset() {
  error_code ignored;
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  shut();
}

void Http2Connection::linger() {
  error_code ignored;
  half_closed_ = true;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  linger_.expires_after(kLinger);
  linger_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->shut();
  });
}

void Http2Connection::shut() {
  error_code ignored;
  linger_.cancel();
  socket_.close(ignored);
}

void Http2Connection::end(error_code why) {
  if (ended_) return;
  ended_ = true;
  shut();
  on_ended(why);
}

std::vector<nghttp2_nv> to_nghttp2(const HeaderList& headers) {
  const auto bytes = [](const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  std::vector<nghttp2_nv> out;
  out.reserve(headers.size());
  for (const auto& [name, value] : headers) {
    out.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return out;
}

}  // namespace naru::demo
