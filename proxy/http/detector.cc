#include "proxy/http/detector.h"

#include <sys/socket.h>

#include <cerrno>

#include "http/first_bytes.h"
#include "proxy/http/engine.h"
#include "proxy/http/h1_client.h"

namespace naru::proxy {
namespace {

// How long a client may take to say something. What a server-first protocol's clients wait for their greeting.
constexpr Duration kPatience = std::chrono::milliseconds(200);

}  // namespace

void Detector::begin(HttpEngine& engine, const Binding& binding, runtime::UniqueFd client, const SocketAddress& address,
                     std::string_view first) {
  auto* detector = new Detector(engine, binding, std::move(client), address, http::Version::http11);
  engine.clients.push_back(*detector);  // owned from here on
  ++engine.count;
  if (!detector->admit()) return;
  if (!first.empty() && detector->decide(first)) return;
  // What does not decide is shorter than HTTP/2's preface.
  detector->size_ = first.copy(detector->bytes_.data(), detector->bytes_.size());
  detector->set_deadline(detector->now() + kPatience);
}

void Detector::serve() {
  while (peer_.readable && size_ < bytes_.size()) {
    const auto got = ::recv(peer_.fd.get(), bytes_.data() + size_, bytes_.size() - size_, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    // An end or an error is for who relays it: reading says it again.
    if (got <= 0) return relay();
    size_ += static_cast<std::size_t>(got);
    if (decide({bytes_.data(), size_})) return;
  }
  peer_.readable = false;
}

bool Detector::decide(std::string_view bytes) {
  switch (http::first_bytes(bytes)) {
    case http::FirstBytes::undecided:
      return false;
    case http::FirstBytes::http1:
      H1Client::begin(engine_, binding_, hand_over(), info_.address, bytes);
      return true;
    case http::FirstBytes::http2:
      engine_.accept_http2(binding_, hand_over(), info_.address, bytes);
      return true;
    case http::FirstBytes::other:
      TcpSession::begin(engine_.tcp, binding_, hand_over(), info_.address, bytes);
      return true;
  }
  return false;
}

void Detector::relay() {
  TcpSession::begin(engine_.tcp, binding_, hand_over(), info_.address, {bytes_.data(), size_});
}

}  // namespace naru::proxy
