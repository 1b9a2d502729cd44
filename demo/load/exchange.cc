#include "demo/load/exchange.h"

#include <fmt/format.h>

#include <utility>

#include "demo/grpc_message.h"
#include "demo/query.h"

namespace naru::demo {
namespace {

/// `size` bytes that no other request sends.
std::string body_of(std::string_view id, std::size_t size) {
  std::string out;
  out.reserve(size + id.size() + 1);
  while (out.size() < size) out.append(id).push_back(' ');
  out.resize(size);
  return out;
}

}  // namespace

Exchange::Exchange(std::string id, const Target& target, std::size_t size, Done done)
    : id_(std::move(id)),
      protocol_(target.protocol),
      posting_(target.posting || target.protocol == Protocol::grpc),
      size_(size),
      done_(std::move(done)) {
  if (posting_) body_ = body_of(id_, size_);
  if (protocol_ == Protocol::grpc) body_ = grpc_frame(body_);
}

std::string Exchange::path() const {
  if (protocol_ == Protocol::grpc) return "/naru.demo.Echo/Unary";
  return posting_ ? "/" : fmt::format("/bytes?n={}", size_);
}

void Exchange::take_header(std::string_view name, std::string_view value) {
  if (name == ":status") status_ = static_cast<int>(to_number(value).value_or(0));
  if (name == "grpc-status") grpc_status_ = static_cast<int>(to_number(value).value_or(2));
  if (name == "grpc-message" && reason_.empty()) reason_ = value;
  if (name == "x-naru-reason") reason_ = value;
  if (name == "x-pod") pod_ = value;
  if (name == "x-ledger-id") answered_id_ = value;
}

Outcome Exchange::judge() const {
  if (status_ != 200) return Outcome::status;
  if (protocol_ == Protocol::grpc && grpc_status_ != 0) return Outcome::status;
  if (answered_id_ != id_) return Outcome::wrong;
  const bool right = posting_ ? answer_ == body_ : answer_ == std::string(size_, 'x');
  return right ? Outcome::ok : Outcome::wrong;
}

void Exchange::complete() {
  finish(judge());
}

void Exchange::fail(Outcome outcome, std::string_view why) {
  if (finished_) return;
  reason_ = why;
  const bool cut = outcome == Outcome::reset || outcome == Outcome::eof;
  finish(cut && answered() ? Outcome::truncated : outcome);
}

void Exchange::finish(Outcome outcome) {
  if (std::exchange(finished_, true)) return;
  done_(*this, outcome);
}

}  // namespace naru::demo
