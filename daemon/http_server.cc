#include "daemon/http_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "daemon/http_listener.h"
#include "daemon/http_session.h"

namespace naru::daemon {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::minutes kComplaintInterval{1};
constexpr std::size_t kSpares = 2;

/// The file of a UNIX socket, removed only while it is still this one.
struct SocketFile {
  std::filesystem::path path;
  dev_t device{};
  ino_t inode{};

  static SocketFile at(const std::filesystem::path& path) {
    struct stat status {};
    ::stat(path.c_str(), &status);
    return {path, status.st_dev, status.st_ino};
  }
  void remove() const {
    const SocketFile now = at(path);
    if (now.inode == inode && now.device == device) ::unlink(path.c_str());
  }
};

/// One listening socket; kept by its own pending accept.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& io, int family, int fd, std::shared_ptr<HttpSessions> sessions)
      : acceptor_(io, asio::generic::stream_protocol(family, 0), fd), pause_(io), sessions_(std::move(sessions)) {}

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code failed, HttpSession::Socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (failed) return self->on_accept_failed(failed);
      self->serve(std::move(socket));
      self->accept();
    });
  }

  [[nodiscard]] int socket() { return acceptor_.native_handle(); }

  void close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void serve(HttpSession::Socket socket) {
    const std::size_t limit = sessions_->limits.connections;
    if (sessions_->live.size() >= 2 * limit) return;  // those that are being told 503 count too
    const bool full = sessions_->live.size() >= limit;
    const auto session = std::make_shared<HttpSession>(std::move(socket), sessions_);
    full ? session->refuse() : session->start();
  }

  void on_accept_failed(error_code failed) {
    const bool no_descriptor = failed == boost::system::errc::too_many_files_open ||
                               failed == boost::system::errc::too_many_files_open_in_system;
    if (no_descriptor && sessions_->spares.spend()) return accept();
    complain(failed);
    accept_later();
  }

  // The connection waits in the queue meanwhile; accepting again at once would spin.
  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled && self->acceptor_.is_open()) self->accept();
    });
  }

  void complain(error_code failed) {
    const TimePoint now = Clock::now();
    if (complained_ && now - *complained_ < kComplaintInterval) return;
    complained_ = now;
    log::warn("cannot accept a connection to naru's own endpoints: {}", failed.message());
  }

  Acceptor acceptor_;
  asio::steady_timer pause_;
  std::shared_ptr<HttpSessions> sessions_;
  std::optional<TimePoint> complained_;
};

}  // namespace

struct HttpServer::State {
  asio::io_context& io;
  std::shared_ptr<HttpSessions> sessions;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<SocketFile> files;

  void add(int family, runtime::UniqueFd fd) {
    listeners.push_back(std::make_shared<Listener>(io, family, fd.release(), sessions));
    listeners.back()->accept();
  }
};

namespace {

std::shared_ptr<HttpSessions> make_sessions(asio::io_context& io, HttpHandler handler, HttpLimits limits) {
  // Made in place: its thread's lock does not move.
  return std::shared_ptr<HttpSessions>(
      new HttpSessions{std::move(handler), limits, {}, SpareDescriptors{kSpares}, PageMaker(io.get_executor())});
}

}  // namespace

HttpServer::HttpServer(asio::io_context& io, HttpHandler handler, HttpLimits limits)
    : state_(std::make_unique<State>(State{io, make_sessions(io, std::move(handler), limits), {}, {}})) {}

HttpServer::~HttpServer() {
  stop();
  state_->sessions->pages.stop();  // what a body is made of may go with the handler
  state_->sessions->handler = nullptr;
}

Result<SocketAddress> HttpServer::listen(const SocketAddress& address, const std::string& setting) {
  auto fd = listen_http(address, setting);
  if (fd.has_error()) return fd.error();
  const SocketAddress local = local_address(fd->get());
  state_->add(address.ip.is_v4() ? AF_INET : AF_INET6, std::move(*fd));
  return local;
}

Result<void> HttpServer::listen_unix(const std::filesystem::path& path, const std::string& setting) {
  auto fd = listen_http_unix(path, setting);
  if (fd.has_error()) return fd.error();
  state_->files.push_back(SocketFile::at(path));
  state_->add(AF_UNIX, std::move(*fd));
  return {};
}

void HttpServer::adopt(const SocketAddress& address, runtime::UniqueFd fd) {
  state_->add(address.ip.is_v4() ? AF_INET : AF_INET6, std::move(fd));
}

std::vector<std::pair<SocketAddress, runtime::UniqueFd>> HttpServer::share() const {
  std::vector<std::pair<SocketAddress, runtime::UniqueFd>> shared;
  for (const auto& listener : state_->listeners) {
    runtime::UniqueFd copy(::fcntl(listener->socket(), F_DUPFD_CLOEXEC, 0));
    const SocketAddress address = local_address(copy.get());
    if (copy && address.port != Port()) shared.emplace_back(address, std::move(copy));  // a UNIX socket has none
  }
  return shared;
}

Result<void> HttpServer::move_unix(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failed;
  std::filesystem::rename(from, to, failed);
  if (failed)
    return Error{Errc::io, fmt::format("cannot move {} to {}: {}", from.string(), to.string(), failed.message())};
  for (SocketFile& file : state_->files) {
    if (file.path == from) file.path = to;
  }
  return {};
}

void HttpServer::stop() {
  for (const SocketFile& file : state_->files) file.remove();
  for (const auto& listener : state_->listeners) listener->close();
  state_->files.clear();
  state_->listeners.clear();
  // Closing completes a session's operation, which ends it later: the set does not change here.
  for (HttpSession* session : state_->sessions->live) session->close();
}

std::size_t HttpServer::connections() const {
  return state_->sessions->live.size();
}

}  // namespace naru::daemon
