#include "proxy/http_glance.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace naru::proxy {
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

struct Header {
  std::string name;  // lower case
  std::string_view value;
};

std::optional<Header> header_of(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
  Header header{to_lower(line.substr(0, colon)), trim(line.substr(colon + 1))};
  if (header.name.find_first_of(" \t") != std::string::npos) return std::nullopt;
  return header;
}

/// Calls accept(header) for each line of the rest of a head, and takes the empty line. False if one is malformed or
/// refused.
template <class Accept>
bool take_headers(std::string_view& rest, Accept accept) {
  for (;;) {
    const auto line = take_line(rest);
    if (!line) return false;
    if (line->empty()) return true;
    const auto header = header_of(*line);
    if (!header || !accept(*header)) return false;
  }
}

bool is_version(std::string_view word) {
  return word == "HTTP/1.1" || word == "HTTP/1.0";
}

bool is_repeatable_request_line(std::string_view line) {
  constexpr std::array<std::string_view, 6> kMethods{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
  const auto words = split(line, ' ');
  if (words.size() != 3 || words[1].empty() || !is_version(words[2])) return false;
  return std::ranges::find(kMethods, words[0]) != kMethods.end();
}

/// Promises no content and asks for no other protocol.
bool is_harmless(const Header& header) {
  if (header.name == "content-length") return header.value == "0";
  return header.name != "transfer-encoding" && header.name != "upgrade" && header.name != "expect";
}

std::optional<int> status_of(std::string_view line) {
  const auto words = split(line, ' ');
  int status = 0;
  if (words.size() < 2 || !is_version(words[0]) || words[1].size() != 3) return std::nullopt;
  const auto parsed = std::from_chars(words[1].data(), words[1].data() + 3, status);
  return parsed.ptr == words[1].data() + 3 ? std::optional(status) : std::nullopt;
}

/// The content's length as the headers tell it; nothing if they do not, or not clearly.
std::optional<std::uint64_t> content_length(std::string_view& rest) {
  std::optional<std::uint64_t> length;
  const bool clear = take_headers(rest, [&](const Header& header) {
    if (header.name == "transfer-encoding") return false;
    if (header.name != "content-length") return true;
    if (length) return false;
    std::uint64_t value = 0;
    const char* end = header.value.data() + header.value.size();
    const auto parsed = std::from_chars(header.value.data(), end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return false;
    length = value;
    return true;
  });
  return clear ? length : std::nullopt;
}

}  // namespace

bool is_one_repeatable_request(std::string_view bytes) {
  const auto request_line = take_line(bytes);
  if (!request_line || !is_repeatable_request_line(*request_line)) return false;
  return take_headers(bytes, is_harmless) && bytes.empty();
}

bool is_one_whole_answer(std::string_view beginning, std::uint64_t size) {
  std::string_view rest = beginning;
  const auto status_line = take_line(rest);
  if (!status_line) return false;
  const auto status = status_of(*status_line);
  if (!status || *status < 200) return false;
  if (*status == 204 || *status == 304) {
    return take_headers(rest, [](const Header&) { return true; }) && rest.empty() && beginning.size() == size;
  }
  const auto length = content_length(rest);
  return length && size - (beginning.size() - rest.size()) == *length;
}

}  // namespace naru::proxy
