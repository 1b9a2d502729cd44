// A small HTTP/1.1 server for naru's own endpoints: admin, metrics and health.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "daemon/http_message.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {

struct HttpLimits {
  std::size_t connections{64};             // one more is told 503
  std::size_t body_bytes{64 * 1024};       // 413
  std::size_t header_bytes{8 * 1024};      // 431
  std::chrono::seconds read_timeout{10};   // for a whole request, and between two
  std::chrono::seconds write_timeout{30};  // for a whole response
};

/// Answers with what the handler returns; GET and HEAD alike. Any number of listeners.
///
/// Thread: all calls, and the handler, on the io_context's one thread. After destruction the handler is not called
/// again.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, HttpHandler handler, HttpLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Port 0 takes a free one. `setting` is the configuration field to name in errors. Returns where it listens.
  /// Errors: conflict (address taken), permission, unavailable (no such address here), io.
  Result<SocketAddress> listen(const SocketAddress& address, const std::string& setting);

  /// A UNIX stream socket of mode 0600; a missing parent directory is created. The socket that a dead process left
  /// behind is replaced; a live one's is refused, and anything that is not a socket. Removed on destruction.
  /// Errors: conflict, permission, bad_input (path too long), io.
  Result<void> listen_unix(const std::filesystem::path& path, const std::string& setting);

  /// Serves a TCP socket that listens already.
  void adopt(const SocketAddress& address, runtime::UniqueFd fd);
  /// Its TCP sockets as duplicates, which are the same sockets: for another process to accept from too.
  [[nodiscard]] std::vector<std::pair<SocketAddress, runtime::UniqueFd>> share() const;
  /// Moves the UNIX socket at `from` to `to`, in place of what is there. Errors: io.
  Result<void> move_unix(const std::filesystem::path& from, const std::filesystem::path& to);

  /// Closes the listeners and all connections.
  void stop();

  [[nodiscard]] std::size_t connections() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace naru::daemon
