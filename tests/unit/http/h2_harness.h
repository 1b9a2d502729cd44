// HTTP/2 sessions in memory: one against another, or one against bytes made by hand.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "http/h2_frame.h"
#include "http/h2_hpack.h"
#include "http/h2_session.h"

namespace naru::http {

using Strings = std::vector<std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

inline RequestHead request(std::string_view method, std::string_view path, const Pairs& fields = {}) {
  RequestHead head;
  head.version = Version::http11;  // so that names are lowered
  head.method = method_of(method);
  head.method_text = head.fields.keep(method);
  head.scheme = head.fields.keep("http");
  head.authority = head.fields.keep("shop");
  head.path = head.fields.keep(path);
  for (const auto& [name, value] : fields) head.fields.add(name, value);
  return head;
}

inline ResponseHead response(int status, const Pairs& fields = {}) {
  ResponseHead head;
  head.version = Version::http11;  // so that names are lowered
  head.status = status;
  for (const auto& [name, value] : fields) head.fields.add(name, value);
  return head;
}

inline std::string text_of(const FieldBlock& fields) {
  std::string text;
  for (const Field& field : fields.fields()) {
    text += fmt::format(" {}={}", fields.name_of(field), fields.value_of(field));
  }
  return text;
}

/// A session with its events written down, one line each.
struct Peer : H2Events {
  explicit Peer(H2Session::Role role, const H2Limits& limits = {}) : session(role, limits, *this) {}
  virtual ~Peer() = default;

  void note(std::string line) { log.push_back(std::move(line)); }
  static std::string_view ending(bool end) { return end ? " end" : ""; }

  void on_request(H2StreamId stream, RequestHead& head, bool end) noexcept override {
    note(fmt::format("{} {} {}{}{}", stream, head.text(head.method_text), head.text(head.path), text_of(head.fields),
                     ending(end)));
  }
  void on_response(H2StreamId stream, ResponseHead& head, bool end) noexcept override {
    note(fmt::format("{} {}{}{}", stream, head.status, text_of(head.fields), ending(end)));
  }
  void on_data(H2StreamId stream, std::string_view bytes, bool end) noexcept override {
    received[stream].append(bytes);
    if (end) note(fmt::format("{} {} bytes end", stream, received[stream].size()));
    if (consumes) session.consumed(stream, bytes.size());
  }
  void on_trailers(H2StreamId stream, FieldBlock& trailers) noexcept override {
    note(fmt::format("{} trailers{}", stream, text_of(trailers)));
  }
  void on_reset(H2StreamId stream, H2Error code, bool by_peer) noexcept override {
    note(fmt::format("{} reset {}{}", stream, static_cast<int>(code), by_peer ? " by peer" : ""));
  }
  void on_writable(H2StreamId stream) noexcept override {
    if (auto found = to_send.find(stream); found != to_send.end())
      send(stream, "");
    else
      note(fmt::format("{} writable", stream));
  }
  void on_go_away(H2StreamId last, H2Error code) noexcept override {
    note(fmt::format("goaway {} {}", last, static_cast<int>(code)));
  }
  void on_ping_ack(std::uint64_t payload) noexcept override { note(fmt::format("pong {}", payload)); }
  void on_settings() noexcept override { ++settings; }

  /// Sends `bytes` and then what was left, with the end, whenever the session would take more.
  void send(H2StreamId stream, std::string_view bytes) {
    std::string& left = to_send[stream];
    left.append(bytes);
    left.erase(0, session.send_data(stream, left, true));
    if (left.empty()) to_send.erase(stream);
  }
  Strings take_log() { return std::exchange(log, {}); }

  H2Session session;
  Strings log;
  std::map<H2StreamId, std::string> received;
  std::map<H2StreamId, std::string> to_send;
  int settings{0};
  bool consumes{true};
};

/// Both ends of a connection. Time stands still unless a test moves it.
struct Pair {
  explicit Pair(const H2Limits& client_limits = {}, const H2Limits& server_limits = {})
      : client(H2Session::Role::client, client_limits), server(H2Session::Role::server, server_limits) {}

  /// Hands over what each has to write, `chunk` bytes at a time, until both are silent.
  void run(std::size_t chunk = 1 << 20) {
    while (step(client, server, chunk) | step(server, client, chunk)) {
    }
  }
  bool step(Peer& from, Peer& to, std::size_t chunk) {
    const std::string bytes(from.session.output().substr(0, chunk));
    if (bytes.empty()) return false;
    from.session.output_written(bytes.size());
    to.session.receive(bytes, now);
    moved += bytes.size();
    return true;
  }

  TimePoint now{std::chrono::seconds(1000)};
  Peer client;
  Peer server;
  std::size_t moved{0};
};

// ---- bytes made by hand ----

inline std::string frame(H2FrameType type, unsigned flags, H2StreamId stream, std::string_view payload) {
  std::string bytes(kH2FrameHeaderSize, '\0');
  write_frame_header(bytes.data(),
                     {static_cast<std::uint32_t>(payload.size()), type, static_cast<std::uint8_t>(flags), stream});
  return bytes.append(payload);
}
inline std::string u32(std::uint32_t value) {
  std::string bytes(4, '\0');
  write_u32(bytes.data(), value);
  return bytes;
}
inline std::string setting(unsigned id, std::uint32_t value) {
  return std::string{static_cast<char>(id >> 8), static_cast<char>(id)} + u32(value);
}
inline std::string settings_frame(std::string_view payload = "") {
  return frame(H2FrameType::settings, 0, 0, payload);
}
inline std::string settings_ack() {
  return frame(H2FrameType::settings, kH2Ack, 0, "");
}
inline std::string data(H2StreamId stream, std::string_view bytes, bool end = false) {
  return frame(H2FrameType::data, end ? kH2EndStream : 0, stream, bytes);
}
inline std::string rst(H2StreamId stream, H2Error code) {
  return frame(H2FrameType::rst_stream, 0, stream, u32(static_cast<std::uint32_t>(code)));
}
inline std::string window_update(H2StreamId stream, std::uint32_t increment) {
  return frame(H2FrameType::window_update, 0, stream, u32(increment));
}

/// Encodes field blocks as one peer would.
struct Blocks {
  HpackEncoder encoder{4096};
  std::string block(const Pairs& fields) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), 0});
    }
    std::string bytes(encoder.bound(list), '\0');
    bytes.resize(encoder.encode(list, bytes.data(), bytes.size()));
    return bytes;
  }
  std::string headers(H2StreamId stream, const Pairs& fields, bool end = true) {
    return frame(H2FrameType::headers, kH2EndHeaders | (end ? kH2EndStream : 0U), stream, block(fields));
  }
  std::string get(H2StreamId stream, bool end = true) {
    return headers(stream, {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "shop"}}, end);
  }
};

inline std::string preface() {
  return std::string(kH2Preface) + settings_frame();
}

/// The frames of `bytes`, as "TYPE stream [what it says]".
inline Strings frames_of(std::string_view bytes) {
  static constexpr const char* kNames[] = {"DATA", "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
                                           "PUSH", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};
  Strings lines;
  if (bytes.starts_with(kH2Preface)) bytes.remove_prefix(kH2Preface.size());
  while (bytes.size() >= kH2FrameHeaderSize) {
    const H2FrameHeader header = read_frame_header(bytes);
    const std::string_view payload = bytes.substr(kH2FrameHeaderSize, header.size);
    std::string line = fmt::format("{} {}", kNames[static_cast<std::size_t>(header.type)], header.stream);
    if (header.type == H2FrameType::rst_stream || header.type == H2FrameType::window_update) {
      line += fmt::format(" {}", read_u32(payload));
    }
    if (header.type == H2FrameType::go_away)
      line += fmt::format(" {} {}", read_u32(payload), read_u32(payload.substr(4)));
    if (header.type == H2FrameType::data) line += fmt::format(" {}", header.size);
    lines.push_back(line);
    bytes.remove_prefix(kH2FrameHeaderSize + header.size);
  }
  return lines;
}

/// A server that is past the handshake, and whose output from then on is looked at.
struct ServerUnderTest : Peer {
  explicit ServerUnderTest(const H2Limits& limits = {}) : Peer(H2Session::Role::server, limits) {
    feed(preface() + settings_ack());
    take_output();
  }
  bool feed(std::string_view bytes) { return session.receive(bytes, now); }
  Strings take_output() {
    const Strings frames = frames_of(session.output());
    session.output_written(session.output().size());
    return frames;
  }
  TimePoint now{std::chrono::seconds(1000)};
  Blocks blocks;
};

struct ClientUnderTest : Peer {
  explicit ClientUnderTest(const H2Limits& limits = {}) : Peer(H2Session::Role::client, limits) {
    feed(settings_frame() + settings_ack());
    take_output();
  }
  bool feed(std::string_view bytes) { return session.receive(bytes, now); }
  Strings take_output() {
    const Strings frames = frames_of(session.output());
    session.output_written(session.output().size());
    return frames;
  }
  TimePoint now{std::chrono::seconds(1000)};
  Blocks blocks;
};

}  // namespace naru::http
