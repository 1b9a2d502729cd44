#include "proxy/replay.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace naru::proxy {

void KeptBytes::append(std::string_view bytes) {
  if (!complete_) return;
  if (bytes_.size() + bytes.size() > kLimit) return give_up();
  bytes_.append(bytes);
}

void KeptBytes::give_up() {
  complete_ = false;
  if (bytes_.capacity() > 0) std::string().swap(bytes_);
}

ReplayVerdict replay_verdict(const UnansweredEnd& end) {
  if (end.mode == config::ReplayMode::never) return ReplayVerdict::forbidden;
  if (!end.complete) return ReplayVerdict::not_kept;
  if (end.client_ended && end.sent.empty()) return ReplayVerdict::nothing_to_replay;
  if (end.attempts_left <= 0) return ReplayVerdict::attempts_spent;
  if (end.nothing_sent || (end.clean && end.nothing_acknowledged)) return ReplayVerdict::replay_unprocessed;
  if (end.mode == config::ReplayMode::always) return ReplayVerdict::replay_as_told;
  return is_one_repeatable_request(end.sent) ? ReplayVerdict::replay_idempotent : ReplayVerdict::not_idempotent;
}

namespace {

constexpr std::string_view kLineEnd = "\r\n";

/// Takes the line off the front of `rest`; nothing if there is no whole one, or it holds a control character.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find(kLineEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + kLineEnd.size());
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  if (std::ranges::any_of(line, is_control)) return std::nullopt;
  return line;
}

bool is_repeatable_request_line(std::string_view line) {
  constexpr std::array<std::string_view, 6> kMethods{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
  const auto words = split(line, ' ');
  if (words.size() != 3 || words[1].empty()) return false;
  if (words[2] != "HTTP/1.1" && words[2] != "HTTP/1.0") return false;
  return std::ranges::find(kMethods, words[0]) != kMethods.end();
}

/// A well-formed header line that promises no content and asks for no other protocol.
bool is_harmless_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string name = to_lower(line.substr(0, colon));
  if (name.find_first_of(" \t") != std::string::npos) return false;
  if (name == "content-length") return trim(line.substr(colon + 1)) == "0";
  return name != "transfer-encoding" && name != "upgrade" && name != "expect";
}

}  // namespace

bool is_one_repeatable_request(std::string_view bytes) {
  const auto request_line = take_line(bytes);
  if (!request_line || !is_repeatable_request_line(*request_line)) return false;
  for (;;) {
    const auto line = take_line(bytes);
    if (!line) return false;
    if (line->empty()) return bytes.empty();
    if (!is_harmless_header(*line)) return false;
  }
}

}  // namespace naru::proxy
