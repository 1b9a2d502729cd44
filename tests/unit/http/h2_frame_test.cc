#include "http/h2_frame.h"

#include <catch2/catch.hpp>

#include "h2_harness.h"

using namespace naru::http;

TEST_CASE("a frame header is read as it was written") {
  const H2FrameHeader header{0x123456, H2FrameType::headers, kH2EndHeaders | kH2Padded, 0x7fffffff};
  char bytes[kH2FrameHeaderSize];
  write_frame_header(bytes, header);
  CHECK(std::string(bytes, sizeof bytes) == std::string("\x12\x34\x56\x01\x0c\x7f\xff\xff\xff", 9));
  CHECK(read_frame_header({bytes, sizeof bytes}) == header);
}

TEST_CASE("the reserved bit of a stream is ignored") {
  CHECK(read_frame_header(std::string("\0\0\0\0\0\x80\0\0\x03", 9)).stream == 3);
}

TEST_CASE("a frame is judged by its header") {
  struct Row {
    const char* what;
    H2FrameHeader header;
    H2Error error;  // no_error: good
    bool stream_only;
  };
  using T = H2FrameType;
  constexpr H2Error good = H2Error::no_error;
  constexpr H2Error protocol = H2Error::protocol_error;
  constexpr H2Error size = H2Error::frame_size_error;
  const Row rows[] = {
      {"DATA of a stream", {0, T::data, 0, 1}, good, false},
      {"DATA as large as may be", {16384, T::data, 0, 1}, good, false},
      {"DATA one byte too large", {16385, T::data, 0, 1}, size, false},
      {"DATA of the connection", {5, T::data, 0, 0}, protocol, false},
      {"HEADERS of the connection", {5, T::headers, 0, 0}, protocol, false},
      {"CONTINUATION of the connection", {5, T::continuation, 0, 0}, protocol, false},
      {"PRIORITY of five bytes", {5, T::priority, 0, 1}, good, false},
      {"PRIORITY of four bytes costs its stream", {4, T::priority, 0, 1}, size, true},
      {"PRIORITY of the connection", {5, T::priority, 0, 0}, protocol, false},
      {"RST_STREAM", {4, T::rst_stream, 0, 1}, good, false},
      {"RST_STREAM of five bytes", {5, T::rst_stream, 0, 1}, size, false},
      {"RST_STREAM of the connection", {4, T::rst_stream, 0, 0}, protocol, false},
      {"SETTINGS without any", {0, T::settings, 0, 0}, good, false},
      {"SETTINGS of two", {12, T::settings, 0, 0}, good, false},
      {"SETTINGS of one and a bit", {7, T::settings, 0, 0}, size, false},
      {"SETTINGS of a stream", {0, T::settings, 0, 1}, protocol, false},
      {"an acknowledgement that says something", {6, T::settings, kH2Ack, 0}, size, false},
      {"PUSH_PROMISE, whoever sends it", {4, T::push_promise, 0, 1}, protocol, false},
      {"PING", {8, T::ping, 0, 0}, good, false},
      {"PING of seven bytes", {7, T::ping, 0, 0}, size, false},
      {"PING of a stream", {8, T::ping, 0, 1}, protocol, false},
      {"GOAWAY", {8, T::go_away, 0, 0}, good, false},
      {"GOAWAY with debug data", {80, T::go_away, 0, 0}, good, false},
      {"GOAWAY of seven bytes", {7, T::go_away, 0, 0}, size, false},
      {"GOAWAY of a stream", {8, T::go_away, 0, 1}, protocol, false},
      {"WINDOW_UPDATE of the connection", {4, T::window_update, 0, 0}, good, false},
      {"WINDOW_UPDATE of a stream", {4, T::window_update, 0, 1}, good, false},
      {"WINDOW_UPDATE of three bytes", {3, T::window_update, 0, 1}, size, false},
      {"an unknown frame", {100, static_cast<T>(77), 0xff, 0}, good, false},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto violation = check_frame(row.header);
    CHECK((violation ? violation->error : good) == row.error);
    CHECK((violation && violation->stream_only) == row.stream_only);
  }
}

TEST_CASE("padding and priority are taken off a HEADERS frame") {
  struct Row {
    const char* what;
    unsigned flags;
    std::string payload;
    std::optional<std::string> block;
  };
  const Row rows[] = {
      {"neither", 0, "abc", "abc"},
      {"nothing at all", 0, "", ""},
      {"padding", kH2Padded, std::string("\x02", 1) + "abc" + std::string(2, '\0'), "abc"},
      {"all of it padding", kH2Padded, std::string("\x02\0\0", 3), ""},
      {"padding of none", kH2Padded, std::string("\0abc", 4), "abc"},
      {"one byte of padding too many", kH2Padded, std::string("\x03\0\0", 3), std::nullopt},
      {"no byte to say how much", kH2Padded, "", std::nullopt},
      {"priority", kH2Priority, "12345abc", "abc"},
      {"priority cut short", kH2Priority, "1234", std::nullopt},
      {"both", kH2Priority | kH2Padded, std::string("\x01", 1) + "12345abc" + "p", "abc"},
      {"both, and too long", kH2Priority | kH2Padded, std::string("\x02", 1) + "12345p", std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const H2FrameHeader header{0, H2FrameType::headers, static_cast<std::uint8_t>(row.flags), 1};
    const auto block = field_block_of(header, row.payload);
    CHECK(block.has_value() == row.block.has_value());
    if (block && row.block) CHECK(*block == *row.block);
  }
}

TEST_CASE("settings have ranges") {
  struct Row {
    const char* what;
    H2Setting setting;
    bool from_server;
    H2Error error;
  };
  using S = H2SettingId;
  const Row rows[] = {
      {"push off", {S::enable_push, 0}, false, H2Error::no_error},
      {"push on, by a client", {S::enable_push, 1}, false, H2Error::no_error},
      {"push on, by a server", {S::enable_push, 1}, true, H2Error::protocol_error},
      {"push neither on nor off", {S::enable_push, 2}, false, H2Error::protocol_error},
      {"the largest window", {S::initial_window_size, 0x7fffffff}, false, H2Error::no_error},
      {"a window one too large", {S::initial_window_size, 0x80000000}, false, H2Error::flow_control_error},
      {"the smallest frames", {S::max_frame_size, 16384}, false, H2Error::no_error},
      {"frames one too small", {S::max_frame_size, 16383}, false, H2Error::protocol_error},
      {"the largest frames", {S::max_frame_size, 16777215}, false, H2Error::no_error},
      {"frames one too large", {S::max_frame_size, 16777216}, false, H2Error::protocol_error},
      {"an unknown setting", {static_cast<S>(0x4242), 7}, false, H2Error::no_error},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    const auto violation = check_setting(row.setting, row.from_server);
    CHECK((violation ? violation->error : H2Error::no_error) == row.error);
    CHECK(read_setting(setting(static_cast<unsigned>(row.setting.id), row.setting.value)) == row.setting);
  }
}
