// Against a second well-kept implementation, in either role.
#include <catch2/catch.hpp>
#include <cstring>

#include "h2_harness.h"

using namespace naru::http;

namespace {

struct DeleteSession {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
struct DeleteCallbacks {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};

/// nghttp2's session: what it hears is written down; what it sends comes from `content`.
struct Other {
  explicit Other(bool server) {
    nghttp2_session_callbacks* made = nullptr;
    REQUIRE(nghttp2_session_callbacks_new(&made) == 0);
    const std::unique_ptr<nghttp2_session_callbacks, DeleteCallbacks> callbacks(made);
    nghttp2_session_callbacks_set_on_header_callback(
        made, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                 const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
          static_cast<Other*>(self)->heads[frame->hd.stream_id] +=
              fmt::format(" {}={}", text(name, name_size), text(value, value_size));
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        made, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes, std::size_t size,
                 void* self) {
          static_cast<Other*>(self)->received[stream].append(text(bytes, size));
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        made, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && frame->hd.stream_id != 0) {
            static_cast<Other*>(self)->ended.push_back(frame->hd.stream_id);
          }
          return 0;
        });
    nghttp2_session* session_made = nullptr;
    REQUIRE((server ? nghttp2_session_server_new(&session_made, made, this)
                    : nghttp2_session_client_new(&session_made, made, this)) == 0);
    session.reset(session_made);
    nghttp2_submit_settings(session_made, 0, nullptr, 0);
  }

  static std::string text(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }
  static std::vector<nghttp2_nv> list_of(const Pairs& fields) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) {
      list.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(), 0});
    }
    return list;
  }
  /// Gives `content`, once, with `trailers` after it.
  nghttp2_data_provider provider() {
    nghttp2_data_provider provider{};
    provider.source.ptr = this;
    provider.read_callback = [](nghttp2_session* sender, std::int32_t stream, std::uint8_t* to, std::size_t room,
                                std::uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
      auto& self = *static_cast<Other*>(source->ptr);
      std::size_t& at = self.sent[stream];
      const std::size_t size = std::min(room, self.content.size() - at);
      std::memcpy(to, self.content.data() + at, size);
      at += size;
      if (at == self.content.size()) {
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const auto fields = list_of(self.trailers);
        nghttp2_submit_trailer(sender, stream, fields.data(), fields.size());
      }
      return static_cast<ssize_t>(size);
    };
    return provider;
  }

  std::unique_ptr<nghttp2_session, DeleteSession> session;
  std::map<std::int32_t, std::string> heads;
  std::map<std::int32_t, std::string> received;
  std::map<std::int32_t, std::size_t> sent;
  std::vector<std::int32_t> ended;
  std::string content = std::string(300'000, 'n');
  Pairs trailers = {{"grpc-status", "0"}};
};

void run(Peer& ours, Other& other) {
  for (bool moved = true; moved;) {
    moved = false;
    const std::string bytes(ours.session.output());
    ours.session.output_written(bytes.size());
    if (!bytes.empty()) {
      moved = true;
      const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
      REQUIRE(nghttp2_session_mem_recv(other.session.get(), data, bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    const std::uint8_t* answer = nullptr;
    ssize_t size = 0;
    while ((size = nghttp2_session_mem_send(other.session.get(), &answer)) > 0) {
      moved = true;
      REQUIRE(ours.session.receive(Other::text(answer, static_cast<std::size_t>(size)), {}));
    }
  }
}

}  // namespace

TEST_CASE("our client with nghttp2's server") {
  Peer ours(H2Session::Role::client);
  Other other(true);
  run(ours, other);
  std::vector<H2StreamId> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(*ours.session.send_request(request("POST", "/x", {{"a", "b"}, {"cookie", "c"}}), false));
    ours.send(ids.back(), std::string(200'000, 'o'));
  }
  run(ours, other);
  for (const H2StreamId stream : ids) {
    const auto id = static_cast<std::int32_t>(stream);
    CHECK(other.heads[id] == " :method=POST :scheme=http :path=/x :authority=shop a=b cookie=c");
    CHECK(other.received[id].size() == 200'000);
    const Pairs fields = {{":status", "200"}, {"server", "n"}};
    const auto list = Other::list_of(fields);
    const nghttp2_data_provider provider = other.provider();
    REQUIRE(nghttp2_submit_response(other.session.get(), id, list.data(), list.size(), &provider) == 0);
  }
  run(ours, other);
  for (const H2StreamId id : ids) {
    CHECK(ours.received[id] == other.content);
    const auto has = [&](const std::string& line) { return std::count(ours.log.begin(), ours.log.end(), line) == 1; };
    CHECK(has(fmt::format("{} 200 server=n", id)));
    CHECK(has(fmt::format("{} trailers grpc-status=0", id)));
  }
  CHECK(ours.session.open_streams() == 0);
  CHECK(other.ended.size() == 10);
}

TEST_CASE("nghttp2's client with our server") {
  Peer ours(H2Session::Role::server);
  Other other(false);
  const Pairs fields = {{":method", "PUT"}, {":scheme", "http"}, {":path", "/y"}, {":authority", "shop"}, {"a", "b"}};
  const auto list = Other::list_of(fields);
  const nghttp2_data_provider provider = other.provider();
  for (int i = 0; i < 10; ++i) {
    REQUIRE(nghttp2_submit_request(other.session.get(), nullptr, list.data(), list.size(), &provider, nullptr) > 0);
  }
  run(ours, other);
  for (H2StreamId id = 1; id < 20; id += 2) {
    CHECK(ours.received[id] == other.content);
    ours.session.send_response(id, response(100), false);
    ours.session.send_response(id, response(200, {{"x", "y"}}), false);
    ours.send(id, std::string(150'000, 'o'));
  }
  run(ours, other);
  for (std::int32_t id = 1; id < 20; id += 2) {
    CHECK(other.heads[id] == " :status=100 :status=200 x=y");
    CHECK(other.received[id].size() == 150'000);
  }
  CHECK(ours.session.open_streams() == 0);
  nghttp2_session_terminate_session(other.session.get(), 0);
  run(ours, other);
  CHECK(ours.log.back() == "goaway 0 0");
}
