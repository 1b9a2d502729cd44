// The pod's side of one HTTP/2 connection.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <limits>
#include <map>
#include <memory>

#include "demo/connections.h"
#include "demo/http2_connection.h"
#include "demo/http_answer.h"

namespace naru::demo {

class Http2Session final : public Http2Connection, public Connections::Member {
 public:
  Http2Session(boost::asio::ip::tcp::socket socket, Pod& pod, Connections& connections);

  void close() override { shut(); }
  /// GOAWAY in two steps (RFC 9113, 6.8): first that the end is near, then the true last stream. A
  /// pod that closes idle connections says the second at once.
  void drain() override;

 private:
  struct Stream {
    explicit Stream(const boost::asio::any_io_executor& executor) : timer(executor) {}
    Request request;
    bool begun{false};
    Answer answer;
    std::string body;
    std::size_t sent{0};
    boost::asio::steady_timer timer;
  };

  void on_headers(std::int32_t id) override;
  void on_header(std::int32_t id, std::string_view name, std::string_view value) override;
  void on_headers_end(std::int32_t id) override;
  void on_data(std::int32_t id, std::string_view data) override;
  void on_message_end(std::int32_t id) override;
  void on_stream_closed(std::int32_t id, std::uint32_t code) override;
  void on_ended(boost::system::error_code why) override;

  [[nodiscard]] Stream* find(std::int32_t id);
  void after(std::chrono::milliseconds wait, std::int32_t id, void (Http2Session::*step)(std::int32_t));
  void fail(Stream& stream);
  void send(std::int32_t id);
  void send_later(std::int32_t id);
  void send_more(std::int32_t id);
  void say_goaway();
  void watch_idle();
  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source* source, void* self) noexcept;

  Pod& pod_;
  std::string address_;
  std::map<std::int32_t, std::unique_ptr<Stream>> streams_;
  boost::asio::steady_timer idle_;
  boost::asio::steady_timer goaway_;
  unsigned requests_{0};
  std::int32_t last_stream_{std::numeric_limits<std::int32_t>::max()};  // as GOAWAY says
};

}  // namespace naru::demo
