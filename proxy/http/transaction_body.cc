// The request's way to an endpoint, and again to the next one.
#include <algorithm>

#include "proxy/http/engine.h"
#include "proxy/http/transaction.h"

namespace naru::proxy {

/// Begins the request on a new stream: its head, and what is kept of its content.
void Transaction::send_request() {
  replayed_ = 0;
  request_sent_ = request_ended_ && replay_.empty() && !has_trailers_;
  backend_->send_head(head_, request_sent_);
  // A client that waited for the endpoint before would wait for ever: a kept connection says nothing of its own.
  if (!request_sent_ && (!replay_.empty() || request_ended_ || client_waits_)) resume_request();
}

/// The backend takes content: first what was kept, then what the client has.
void Transaction::resume_request() {
  if (backend_ == nullptr || request_sent_) return;
  if (!send_kept()) return;
  if (request_ended_) return;
  if (std::exchange(client_waits_, false)) client_->resume_body();
}

/// Sends again what was sent to the endpoint before. True once the backend has all of it.
bool Transaction::send_kept() {
  const bool last = request_ended_ && !has_trailers_;
  const std::string_view rest = std::string_view(replay_).substr(replayed_);
  if (!rest.empty() || last) {
    content_sent_ = content_sent_ || !rest.empty();
    const std::size_t taken = backend_->send_body(rest, last);
    replayed_ += taken;
    if (taken < rest.size()) return false;
  }
  if (!request_ended_) return true;
  if (has_trailers_) backend_->send_trailers(trailers_);
  request_sent_ = true;
  backend_->flush();
  return true;
}

std::size_t Transaction::on_request_body(std::string_view bytes, bool end) {
  if (backend_ == nullptr || replayed_ < replay_.size()) return wait_with(bytes, end);
  const std::size_t taken = backend_->send_body(bytes, end);
  note_content(bytes.substr(0, taken));
  if (websocket_) websocket_->to_endpoint.feed(bytes.substr(0, taken));
  if (taken < bytes.size()) {
    client_waits_ = true;
    return taken;
  }
  if (end) request_ended_ = request_sent_ = true;
  return taken;
}

/// There is no endpoint that takes it now. What ends a request that is kept is kept too, so that nothing is left to be
/// asked of the client.
std::size_t Transaction::wait_with(std::string_view bytes, bool end) {
  if (bytes.empty() && end) {
    request_ended_ = true;
    resume_request();
    return 0;
  }
  client_waits_ = true;
  return 0;
}

void Transaction::on_request_trailers(http::FieldBlock& trailers) {
  trailers_ = trailers;
  has_trailers_ = true;
  request_ended_ = true;
  resume_request();
}

void Transaction::flush_request() {
  if (backend_ != nullptr) backend_->flush();
}

void Transaction::on_backend_writable() {
  resume_request();
}

/// `bytes` have been given to the endpoint: kept, while they may have to be given to another.
void Transaction::note_content(std::string_view bytes) {
  record_.bytes_received += bytes.size();
  if (bytes.empty()) return;
  content_sent_ = true;
  if (!replayable_ || response_started_) return;
  const bool fits = replay_.size() + bytes.size() <= settings().retries.replay_bytes &&
                    engine_.replay_bytes + bytes.size() <= HttpEngine::kMostReplayBytes;
  if (!fits) {
    forget_replay();
    replayable_ = false;
    return;
  }
  replay_.append(bytes);
  replayed_ = replay_.size();
  engine_.replay_bytes += bytes.size();
}

void Transaction::forget_replay() {
  engine_.replay_bytes -= replay_.size();
  replay_.clear();
  // Memory of the size of a small request is kept for the next one.
  constexpr std::size_t kKept = 16 * 1024;
  if (replay_.capacity() > kKept) std::string().swap(replay_);
  replayed_ = 0;
}

}  // namespace naru::proxy
