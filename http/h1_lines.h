// Lines of an HTTP/1 head, and the field lines that follow its first. Faults come in the order of the bytes, so that a
// head is refused for the same reason however it is cut into pieces.
#pragma once

#include "http/h1_parser.h"

namespace naru::http {

/// Where a line ends: bytes[end] is its CR.
struct LineEnd {
  HeadResult::State state{HeadResult::State::incomplete};
  H1Fault fault{H1Fault::none};
  std::size_t end{};
};
/// The end of the line that has no control character before `from`.
[[nodiscard]] LineEnd find_line_end(std::string_view bytes, std::size_t from);

/// Whether the bytes from `scanned` on end a line (complete: it is worth reading the head again), or are bad.
[[nodiscard]] LineEnd glance(std::string_view bytes, std::size_t scanned);

[[nodiscard]] constexpr HeadResult refused(H1Fault fault) {
  return {HeadResult::State::bad, fault, 0, 0};
}
/// Of a line that is not complete.
[[nodiscard]] constexpr HeadResult unfinished(const LineEnd& line, std::string_view bytes) {
  return {line.state, line.fault, 0, bytes.size()};
}
[[nodiscard]] constexpr Slice slice(std::size_t begin, std::size_t end) {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
}
[[nodiscard]] inline std::string_view text_of(std::string_view bytes, Slice part) {
  return bytes.substr(part.at, part.size);
}

/// Reads bytes[begin, end) as a field line: `field` gets slices of `bytes`.
[[nodiscard]] H1Fault read_field_line(std::string_view bytes, std::size_t begin, std::size_t end, Field& field);

/// Reads field lines from `at` through the empty line. Each is given to `take`, which indexes it or says why not.
template <class Take>
[[nodiscard]] HeadResult read_field_lines(std::string_view bytes, std::size_t at, std::size_t max_fields, Take&& take) {
  for (std::size_t count = 0;; ++count) {
    const LineEnd line = find_line_end(bytes, at);
    if (line.state != HeadResult::State::complete) return unfinished(line, bytes);
    if (line.end == at) return {HeadResult::State::complete, H1Fault::none, at + 2, 0};
    if (count == max_fields) return refused(H1Fault::too_many_fields);
    Field field;
    H1Fault fault = read_field_line(bytes, at, line.end, field);
    if (fault == H1Fault::none) fault = take(field);
    if (fault != H1Fault::none) return refused(fault);
    at = line.end + 2;
  }
}

}  // namespace naru::http
