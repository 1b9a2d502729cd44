#include "runtime/message_socket.h"

#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

namespace naru::runtime {
namespace {

using namespace std::chrono_literals;

struct Folder {
  std::string path;
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "naru-messages-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

struct Ends {
  Folder folder;
  std::string path{folder.path + "/socket"};
  UniqueFd listener{std::move(listen_messages(path).value())};
  UniqueFd one{std::move(connect_messages(path, 2s).value())};
  UniqueFd other{accept_messages(listener.get(), 100ms)};
};

TEST_CASE("a message arrives as it was sent, with its descriptors") {
  const Ends ends;
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const UniqueFd reader(pipe[0]);
  const UniqueFd writer(pipe[1]);
  REQUIRE(send_message(ends.one.get(), "first", std::array{writer.get()}).has_value());
  REQUIRE(send_message(ends.one.get(), "second").has_value());
  const auto first = receive_message(ends.other.get());
  REQUIRE(first.has_value());
  CHECK(first->text == "first");
  REQUIRE(first->fds.size() == 1);
  REQUIRE(::write(first->fds[0].get(), "x", 1) == 1);
  char byte = 0;
  CHECK(::read(reader.get(), &byte, 1) == 1);
  const auto second = receive_message(ends.other.get());
  REQUIRE(second.has_value());
  CHECK(second->text == "second");
  CHECK(second->fds.empty());
}

TEST_CASE("who waits for a message learns that the other side is gone, or silent") {
  Ends ends;
  CHECK(receive_message(ends.other.get()).error().message == "the other process says nothing");
  ends.one.reset();
  CHECK(receive_message(ends.other.get()).error().message == "the other process has closed the connection");
}

TEST_CASE("the socket is its user's alone, and a dead process's file is in nobody's way") {
  const Folder folder;
  const std::string path = folder.path + "/socket";
  {
    const auto listener = listen_messages(path);
    REQUIRE(listener.has_value());
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    CHECK(listen_messages(path).error().code == Errc::conflict);
  }
  CHECK(connect_messages(path, 1s).error().code == Errc::unavailable);
  CHECK(listen_messages(path).has_value());
  CHECK(connect_messages(folder.path + "/none", 1s).error().code == Errc::not_found);
  CHECK(listen_messages(std::string(200, 'x')).error().code == Errc::bad_input);
}

}  // namespace
}  // namespace naru::runtime
