#include "daemon/http_server.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "daemon/http_client.h"
#include "runtime/socket.h"
#include "temp_dir.h"

namespace naru::daemon {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const SocketAddress kAnyPort{IpAddress::v4(0x7f000001), Port()};

/// An HttpServer whose loop has its own thread, so that tests may be its blocking clients.
class Served {
 public:
  explicit Served(HttpHandler handler, HttpLimits limits = {})
      : server_(std::in_place, io_, std::move(handler), limits), thread_([this] { io_.run(); }) {}
  ~Served() {
    run([this] { server_.reset(); });
    work_.reset();
    thread_.join();
  }

  /// On the loop's thread, as all calls must be.
  template <class Task>
  std::invoke_result_t<Task> run(Task task) {
    std::packaged_task<decltype(task())()> packaged(std::move(task));
    auto result = packaged.get_future();
    boost::asio::post(io_, [&packaged] { packaged(); });
    return result.get();
  }
  SocketAddress listen() {
    return run([this] { return server_->listen(kAnyPort, "metricsBindAddress").value(); });
  }
  Result<void> listen_unix(const fs::path& path) {
    return run([this, path] { return server_->listen_unix(path, "adminSocket"); });
  }
  std::size_t connections() {
    return run([this] { return server_->connections(); });
  }
  /// Sessions end a moment after their clients see it.
  bool is_idle_soon() {
    for (int i = 0; i < 500 && connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    return connections() == 0;
  }
  void stop() {
    run([this] { server_->stop(); });
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::optional<HttpServer> server_;
  std::thread thread_;
};

HttpResponse echo(const HttpRequest& request) {
  std::string body = request.method + " " + request.path;
  for (const auto& [key, value] : request.query) body += " " + key + "=" + value;
  return {200, "text/plain", body, {{"X-Test", "yes"}}};
}

std::string curl(const std::string& arguments) {
  const std::string command = "curl -s --max-time 5 " + arguments + " 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), got);
  ::pclose(pipe);
  return output;
}

std::string url(const SocketAddress& address, const std::string& target) {
  return "'http://" + address.to_string() + target + "'";
}

/// A client that says just what the test has it say.
class RawClient {
 public:
  enum class Connect { now, later };
  explicit RawClient(const SocketAddress& server, Connect when = Connect::now)
      : server_(server), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{5, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (when == Connect::now) connect();
  }
  void connect() {
    const runtime::KernelAddress address(server_);
    REQUIRE(::connect(fd_.get(), address.get(), address.size) == 0);
  }
  void send(const std::string& text) { ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL); }
  /// Everything until the server ends the connection; "time-out" if it does not.
  std::string read_all() {
    std::string all;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (got < 0) return all + (errno == EAGAIN ? "time-out" : "reset");
      if (got == 0) return all;
      all.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  SocketAddress server_;
  runtime::UniqueFd fd_;
};

TEST_CASE("a handler gets the decoded path and query, and its answer comes back whole") {
  Served served(echo);
  const SocketAddress address = served.listen();
  const std::string output = curl("-i " + url(address, "/v1/a%20b?name=x%2Fy&empty=&name=z"));
  CHECK(output.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(output.find("X-Test: yes\r\n") != std::string::npos);
  CHECK(output.find("Content-Type: text/plain\r\n") != std::string::npos);
  CHECK(output.ends_with("\r\n\r\nGET /v1/a b empty= name=z"));
}

TEST_CASE("HEAD answers as GET without the body") {
  Served served(echo);
  const std::string output = curl("-I " + url(served.listen(), "/x"));
  CHECK(output.find("Content-Length: 6\r\n") != std::string::npos);
  CHECK(output.ends_with("\r\n\r\n"));
}

TEST_CASE("one connection carries several requests") {
  Served served(echo);
  const SocketAddress address = served.listen();
  const std::string output =
      curl("-w '%{num_connects}|' " + url(address, "/a") + " --next -s -w '%{num_connects}|' " + url(address, "/b"));
  CHECK(output == "GET /a1|GET /b0|");
}

/// Answers /slow when it is told to, /fast at once.
struct SlowAndFast {
  std::promise<void> begun;
  std::promise<void> go_on;

  HttpResponse operator()(const HttpRequest& request) {
    if (request.path != "/slow") return echo(request);
    const auto make = [this] {
      begun.set_value();
      go_on.get_future().wait();
      return std::string("made");
    };
    return {200, "text/plain", {}, {{"X-Test", "yes"}}, make};
  }
};

TEST_CASE("while a body is made, others are answered") {
  SlowAndFast answers;
  Served served([&](const HttpRequest& request) { return answers(request); });
  const SocketAddress address = served.listen();
  auto slow = std::async(std::launch::async, [&] { return curl("-i " + url(address, "/slow")); });
  answers.begun.get_future().wait();
  CHECK(curl(url(address, "/fast")) == "GET /fast");
  answers.go_on.set_value();
  const std::string output = slow.get();
  CHECK(output.find("X-Test: yes\r\n") != std::string::npos);
  CHECK(output.find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(output.ends_with("\r\n\r\nmade"));
}

TEST_CASE("a connection with bodies made for it carries several requests") {
  Served served([](const HttpRequest& request) {
    return HttpResponse{200, "text/plain", {}, {}, [path = request.path] { return path; }};
  });
  const SocketAddress address = served.listen();
  const std::string output =
      curl("-w '%{num_connects}|' " + url(address, "/a") + " --next -s -w '%{num_connects}|' " + url(address, "/b"));
  CHECK(output == "/a1|/b0|");
}

TEST_CASE("a server that goes while a body is made waits for it, and no longer") {
  SlowAndFast answers;
  auto served = std::make_unique<Served>([&](const HttpRequest& request) { return answers(request); });
  const SocketAddress address = served->listen();
  RawClient client(address);
  client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  answers.begun.get_future().wait();
  auto gone = std::async(std::launch::async, [&] { served.reset(); });
  answers.go_on.set_value();
  gone.get();
  const std::string heard = client.read_all();
  CHECK((heard.empty() || heard.ends_with("made") || heard == "reset"));
}

TEST_CASE("what is not HTTP gets 400, and the connection ends") {
  Served served(echo);
  const SocketAddress address = served.listen();
  for (const char* garbage : {"\x16\x03\x01 hello\r\n\r\n", "GET\r\n\r\n", "GET http://[ HTTP/1.1\r\n\r\n"}) {
    INFO(garbage);
    RawClient client(address);
    client.send(garbage);
    CHECK(client.read_all().starts_with("HTTP/1.1 400 "));
  }
}

TEST_CASE("sizes and times are limited") {
  HttpLimits limits;
  limits.body_bytes = 100;
  limits.header_bytes = 1000;
  limits.read_timeout = 1s;
  Served served(echo, limits);
  const SocketAddress address = served.listen();
  SECTION("a body of the limit is read, one byte more is not") {
    CHECK(curl("-o /dev/null -w '%{http_code}' --data " + std::string(100, 'x') + " " + url(address, "/")) == "200");
    CHECK(curl("-o /dev/null -w '%{http_code}' --data " + std::string(101, 'x') + " " + url(address, "/")) == "413");
  }
  SECTION("a long header is refused") {
    CHECK(curl("-o /dev/null -w '%{http_code}' -H 'X: " + std::string(2000, 'x') + "' " + url(address, "/")) == "431");
  }
  SECTION("a client that sends nothing, or half a request, is not waited for") {
    RawClient silent(address);
    RawClient half(address);
    half.send("GET / HT");
    CHECK(silent.read_all().empty());
    CHECK(half.read_all().empty());
    CHECK(served.is_idle_soon());
  }
}

TEST_CASE("beyond the limit of connections a client is told 503, and later ones are served again") {
  HttpLimits limits;
  limits.connections = 2;
  Served served(echo, limits);
  const SocketAddress address = served.listen();
  {
    const RawClient one(address);
    const RawClient two(address);
    RawClient three(address);
    CHECK(three.read_all().starts_with("HTTP/1.1 503 "));
  }
  CHECK(served.is_idle_soon());
  CHECK(curl(url(address, "/x")) == "GET /x");
}

TEST_CASE("a taken address is told, with the setting that names it") {
  Served served(echo);
  const SocketAddress address = served.listen();
  Served other(echo);
  const auto result = other.run([&] {
    boost::asio::io_context io(1);
    HttpServer second(io, echo);
    return second.listen(address, "metricsBindAddress");
  });
  REQUIRE(result.has_error());
  CHECK(result.error().code == Errc::conflict);
  CHECK(result.error().message == address.to_string() +
                                      ": address already in use: another process listens there; set "
                                      "metricsBindAddress to another address");
}

TEST_CASE("an address of another host cannot be listened on") {
  boost::asio::io_context io(1);
  HttpServer server(io, echo);
  const auto result = server.listen({IpAddress::parse("192.0.2.1").value(), Port(8080)}, "healthzBindAddress");
  REQUIRE(result.has_error());
  CHECK(result.error().code == Errc::unavailable);
}

TEST_CASE("a UNIX socket answers, belongs to its user alone, and goes with the server") {
  const TempDir dir;
  const fs::path path = dir.path() / "run" / "naru.sock";
  {
    Served served(echo);
    REQUIRE(served.listen_unix(path).has_value());
    CHECK(http_get(path.string(), "/v1/x?name=a", 5s).value().body == "GET /v1/x name=a");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    served.stop();
    CHECK_FALSE(fs::exists(path));
  }
}

TEST_CASE("a dead process's socket is replaced; a live one's and a file are refused") {
  const TempDir dir;
  const fs::path path = dir.path() / "naru.sock";
  Served served(echo);
  SECTION("dead") {
    {
      const runtime::UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::snprintf(static_cast<char*>(address.sun_path), sizeof(address.sun_path), "%s", path.c_str());
      REQUIRE(::bind(dead.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    }
    REQUIRE(served.listen_unix(path).has_value());
    CHECK(http_get(path.string(), "/x", 5s).value().body == "GET /x");
  }
  SECTION("live") {
    REQUIRE(served.listen_unix(path).has_value());
    Served other(echo);
    const auto result = other.listen_unix(path);
    REQUIRE(result.has_error());
    CHECK(result.error().code == Errc::conflict);
    CHECK(http_get(path.string(), "/x", 5s).value().body == "GET /x");
  }
  SECTION("a file") {
    std::ofstream(path) << "precious";
    const auto result = served.listen_unix(path);
    REQUIRE(result.has_error());
    CHECK(result.error().code == Errc::conflict);
    CHECK(fs::file_size(path) == 8);
  }
}

TEST_CASE("a socket path of the longest size works and one byte more is refused") {
  const TempDir dir;
  const std::size_t room = 107 - dir.path().string().size() - 1;
  Served served(echo);
  CHECK(served.listen_unix(dir.path() / std::string(room, 's')).has_value());
  const auto result = served.listen_unix(dir.path() / std::string(room + 1, 's'));
  REQUIRE(result.has_error());
  CHECK(result.error().code == Errc::bad_input);
}

TEST_CASE("a server that goes while clients are connected leaves nothing behind") {
  std::optional<Served> served(std::in_place, echo);
  const SocketAddress address = served->listen();
  RawClient idle(address);
  RawClient half(address);
  half.send("GET / HTTP/1.1\r\n");
  while (served->connections() < 2) std::this_thread::sleep_for(1ms);
  served.reset();
  CHECK(idle.read_all() != "time-out");
  CHECK(half.read_all() != "time-out");
}

TEST_CASE("an io_context that goes before its sessions have ended takes them along") {
  std::optional<boost::asio::io_context> io(std::in_place, 1);
  HttpServer server(*io, echo);
  const SocketAddress address = server.listen(kAnyPort, "metricsBindAddress").value();
  const RawClient client(address);
  io->run_for(20ms);
  CHECK(server.connections() == 1);
  server.stop();
  io->run_for(20ms);
  CHECK(server.connections() == 0);
}

/// While it lives, the process has no file descriptor left to open.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit low{256, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = 0; (fd = ::open("/dev/null", O_RDONLY)) >= 0;) taken_.emplace_back(fd);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  std::vector<runtime::UniqueFd> taken_;
};

TEST_CASE("with no descriptor left the server still answers, time after time") {
  Served served(echo);
  const SocketAddress address = served.listen();
  for (int round = 0; round < 3; ++round) {
    RawClient client(address, RawClient::Connect::later);
    std::string answer;
    {
      const NoDescriptors none;
      client.connect();
      client.send("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      answer = client.read_all();
    }
    CHECK(answer.starts_with("HTTP/1.1 200 OK"));
    CHECK(served.is_idle_soon());
  }
}

TEST_CASE("http_get tells why nobody answered") {
  const TempDir dir;
  CHECK(http_get((dir.path() / "none").string(), "/", 1s).error().code == Errc::not_found);
  std::ofstream(dir.path() / "file") << "x";
  CHECK(http_get((dir.path() / "file").string(), "/", 1s).error().code == Errc::unavailable);
  CHECK(http_get(std::string(200, 'x'), "/", 1s).error().code == Errc::bad_input);
}

}  // namespace
}  // namespace naru::daemon
