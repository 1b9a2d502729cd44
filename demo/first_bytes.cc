#include "demo/first_bytes.h"

#include "demo/http1_session.h"
#include "demo/http2_session.h"

namespace naru::demo {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::string_view kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

}  // namespace

Preface preface_of(std::string_view first) {
  if (first.starts_with(kPreface)) return Preface::yes;
  return kPreface.starts_with(first) ? Preface::maybe : Preface::no;
}

FirstBytes::FirstBytes(tcp::socket socket, Pod& pod, Connections& connections)
    : Member(connections), stream_(std::move(socket)), pod_(pod), connections_(connections) {
  error_code ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
}

void FirstBytes::read() {
  stream_.async_read_some(buffer_.prepare(4096), [self = shared_from_this()](error_code error, std::size_t size) {
    if (!error) self->take(size);
  });
}

void FirstBytes::take(std::size_t size) {
  buffer_.commit(size);
  const auto preface = preface_of({static_cast<const char*>(buffer_.data().data()), buffer_.size()});
  if (preface == Preface::maybe) return read();
  hand_on(preface);
}

void FirstBytes::hand_on(Preface preface) {
  if (preface == Preface::no) {
    std::make_shared<Http1Session>(std::move(stream_), std::move(buffer_), pod_, connections_)->read();
    return;
  }
  const auto session = std::make_shared<Http2Session>(stream_.release_socket(), pod_, connections_);
  session->start({static_cast<const char*>(buffer_.data().data()), buffer_.size()});
  if (draining()) session->drain();
}

void FirstBytes::drain() {
  if (pod_.closes_idle) close();
}

}  // namespace naru::demo
