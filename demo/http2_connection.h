// HTTP/2 over one TCP connection, either side of it: nghttp2 knows the protocol, this moves its bytes.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace naru::demo {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// Lives as long as it has something to read or to write, or somebody holds it. One thread.
class Http2Connection : public std::enable_shared_from_this<Http2Connection> {
 public:
  enum class Side { client, server };

  Http2Connection(boost::asio::ip::tcp::socket socket, Side side);
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;
  virtual ~Http2Connection() = default;

  /// Sends the settings, and reads from now on; `already_read` comes first.
  void start(std::string_view already_read = {});
  /// Sends what has been submitted.
  void flush();
  /// Ends it by a reset once `bytes` of what waits to be sent have gone.
  void reset_after(std::size_t bytes);

 protected:
  /// The events of a session.
  virtual void on_headers(std::int32_t /*stream*/) {}
  virtual void on_header(std::int32_t stream, std::string_view name, std::string_view value) = 0;
  virtual void on_headers_end(std::int32_t /*stream*/) {}
  virtual void on_data(std::int32_t stream, std::string_view data) = 0;
  virtual void on_message_end(std::int32_t stream) = 0;
  virtual void on_stream_closed(std::int32_t stream, std::uint32_t code) = 0;
  virtual void on_goaway(std::int32_t /*last_stream*/) {}
  /// Nothing more will be read. Streams that are open are lost.
  virtual void on_ended(boost::system::error_code /*why*/) {}

  [[nodiscard]] nghttp2_session* session() { return session_.get(); }
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() { return socket_; }
  /// Ends the connection at once.
  void shut();

 private:
  friend struct Http2Callbacks;
  struct Free {
    void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
  };

  void read();
  void receive(std::string_view data);
  void gather();
  void write();
  void reset();
  void linger();
  void end(boost::system::error_code why);

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer linger_;
  std::unique_ptr<nghttp2_session, Free> session_;
  std::array<char, 16384> in_;
  std::string out_;
  bool writing_{false};
  bool in_session_{false};  // nghttp2 is not to be entered from its own callbacks
  bool ended_{false};
  bool half_closed_{false};
  std::optional<std::size_t> reset_after_;
  bool last_write_{false};  // a reset follows it
};

/// As nghttp2 takes them. They point into `headers`.
[[nodiscard]] std::vector<nghttp2_nv> to_nghttp2(const HeaderList& headers);

}  // namespace naru::demo
