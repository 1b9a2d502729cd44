#include "http/h1_lines.h"

#include <algorithm>

#include "http/h1_chars.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace naru::http {
namespace {

#ifdef __SSE2__
/// One bit for each of 16 bytes: whether it is a control character other than HT.
unsigned control_bits(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  const __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del)));
}
#endif

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

std::size_t find_control(std::string_view bytes, std::size_t from) {
#ifdef __SSE2__
  for (; from + 16 <= bytes.size(); from += 16) {
    const unsigned bits = control_bits(bytes.data() + from);
    if (bits != 0) return from + static_cast<unsigned>(__builtin_ctz(bits));
  }
#endif
  while (from < bytes.size() && !is_char(bytes[from], kControlChar)) ++from;
  return std::min(from, bytes.size());
}

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
  std::size_t colon = begin;
  while (is_char(bytes[colon], kTokenChar)) ++colon;  // stops at the line's CR
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
