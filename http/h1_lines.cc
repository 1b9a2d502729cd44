#include "http/h1_lines.h"

#include <algorithm>

#include "http/h1_chars.h"

namespace naru::http {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

LineEnd find_line_end(std::string_view bytes, std::size_t from) {
  using State = HeadResult::State;
  const std::size_t at = find_control(bytes, from);
  if (at == bytes.size()) return {};
  if (bytes[at] == '\r') {
    if (at + 1 == bytes.size()) return {};
    if (bytes[at + 1] == '\n') return {State::complete, H1Fault::none, at};
  }
  const bool line_break = bytes[at] == '\r' || bytes[at] == '\n';
  return {State::bad, line_break ? H1Fault::bare_line_feed : H1Fault::bad_character, at};
}

LineEnd glance(std::string_view bytes, std::size_t scanned) {
  scanned = std::min(scanned, bytes.size());
  if (scanned > 0 && bytes[scanned - 1] == '\r') --scanned;
  return find_line_end(bytes, scanned);
}

H1Fault read_field_line(std::string_view bytes, std::size_t begin, std::size_t end, Field& field) {
  if (is_space(bytes[begin])) return H1Fault::obsolete_folding;
  const std::size_t colon = find_name_end(bytes, begin);  // at the line's CR at the latest
  if (bytes[colon] != ':') return H1Fault::bad_field_name;
  if (colon == begin) return H1Fault::empty_field_name;
  std::size_t value = colon + 1;
  while (value < end && is_space(bytes[value])) ++value;
  while (end > value && is_space(bytes[end - 1])) --end;
  field.name = slice(begin, colon);
  field.value = slice(value, end);
  field.id = field_name(text_of(bytes, field.name));
  return H1Fault::none;
}

}  // namespace naru::http
