#include "http/h1_chars.h"

#include <algorithm>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace naru::http {
namespace {

#ifdef __SSE2__

constexpr std::size_t kVector = 16;

__m128i load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
__m128i each(char c) {
  return _mm_set1_epi8(c);
}
/// One bit for each of the 16 bytes.
unsigned bits(__m128i truths) {
  return static_cast<unsigned>(_mm_movemask_epi8(truths));
}
/// low <= byte <= high, both below 0x80.
__m128i between(__m128i bytes, char low, char high) {
  return _mm_and_si128(_mm_cmpgt_epi8(bytes, each(static_cast<char>(low - 1))),
                       _mm_cmplt_epi8(bytes, each(static_cast<char>(high + 1))));
}

unsigned control_bits(const char* at) {
  const __m128i bytes = load(at);
  const __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, each(0x1f)), bytes);
  const __m128i controls = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, each('\t')), low);
  return bits(_mm_or_si128(controls, _mm_cmpeq_epi8(bytes, each(0x7f))));
}

/// Letters, digits and "-": what almost every name is made of.
unsigned plain_bits(const char* at) {
  const __m128i bytes = load(at);
  const __m128i letters = between(_mm_or_si128(bytes, each(0x20)), 'a', 'z');
  const __m128i others = _mm_or_si128(between(bytes, '0', '9'), _mm_cmpeq_epi8(bytes, each('-')));
  return bits(_mm_or_si128(letters, others));
}

#endif

}  // namespace

std::size_t find_control(std::string_view bytes, std::size_t from) {
#ifdef __SSE2__
  for (; from + kVector <= bytes.size(); from += kVector) {
    const unsigned found = control_bits(bytes.data() + from);
    if (found != 0) return from + static_cast<unsigned>(__builtin_ctz(found));
  }
#endif
  while (from < bytes.size() && !is_char(bytes[from], kControlChar)) ++from;
  return std::min(from, bytes.size());
}

std::size_t find_name_end(std::string_view bytes, std::size_t from) {
#ifdef __SSE2__
  for (; from + kVector <= bytes.size(); from += kVector) {
    const unsigned others = ~plain_bits(bytes.data() + from) & 0xffff;
    if (others == 0) continue;
    from += static_cast<unsigned>(__builtin_ctz(others));
    break;
  }
#endif
  while (is_char(bytes[from], kTokenChar)) ++from;
  return from;
}

bool is_target(std::string_view text) {
#ifdef __SSE2__
  for (; text.size() >= kVector; text.remove_prefix(kVector)) {
    const __m128i bytes = load(text.data());
    // As signed numbers, what is above ASCII is below the space.
    const __m128i bad = _mm_or_si128(_mm_cmplt_epi8(bytes, each('!')), _mm_cmpeq_epi8(bytes, each('#')));
    if (bits(bad) != 0) return false;
  }
#endif
  return is_all(text, kTargetChar);
}

}  // namespace naru::http
