#include "http/h1_chunked.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/h1_chars.h"
#include "http/h1_lines.h"
#include "http/trailers.h"

namespace naru::http {
namespace {

constexpr std::uint8_t kMostDigits = 16;
constexpr std::uint32_t kLongestSizeLine = 256;  // extensions among it: nobody sends any but to make work

constexpr unsigned hex_value(char c) {
  return is_digit(c) ? static_cast<unsigned>(c - '0') : (static_cast<unsigned>(c) | 0x20) - 'a' + 10;
}

}  // namespace

void ChunkedDecoder::reset() {
  place_ = Place::size;
  digits_ = 0;
  line_size_ = 0;
  left_ = 0;
  trailer_bytes_.clear();
  trailers_scanned_ = 0;
  trailers_.clear();
}

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view bytes) {
  using State = Step::State;
  std::size_t at = 0;
  H1Fault fault = H1Fault::none;
  while (at < bytes.size() && place_ != Place::done) {
    switch (place_) {
      case Place::data: {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
        left_ -= size;
        if (left_ == 0) place_ = Place::data_cr;
        return {State::data, at + size, bytes.substr(at, size), H1Fault::none};
      }
      case Place::data_cr:
      case Place::data_lf:
        fault = take_data_end(bytes, at);
        break;
      case Place::trailers:
        fault = take_trailers(bytes, at);
        break;
      default:
        fault = take_size_line(bytes, at);
        break;
    }
    if (fault != H1Fault::none) return {State::bad, at, {}, fault};
  }
  return {place_ == Place::done ? State::done : State::more, at, {}, H1Fault::none};
}

H1Fault ChunkedDecoder::take_size(char c) {
  if (is_char(c, kHexDigit)) {
    if (digits_ == kMostDigits) return H1Fault::bad_chunk;
    ++digits_;
    left_ = left_ << 4 | hex_value(c);
    return H1Fault::none;
  }
  if (c == '\n') return H1Fault::bare_line_feed;
  if (digits_ == 0 || (c != '\r' && c != ';')) return H1Fault::bad_chunk;
  place_ = c == '\r' ? Place::size_end : Place::extension;
  extension_ = Extension::name_begin;
  return H1Fault::none;
}

H1Fault ChunkedDecoder::take_extension(char c) {
  if (c == '\n') return H1Fault::bare_line_feed;
  if (c != '\r') return extend(c) ? H1Fault::none : H1Fault::bad_chunk;
  const bool may_end =
      extension_ == Extension::name || extension_ == Extension::value || extension_ == Extension::quoted_end;
  place_ = Place::size_end;
  return may_end ? H1Fault::none : H1Fault::bad_chunk;
}

/// RFC 9112 7.1.1, without white space. Whether `c` may stand here.
bool ChunkedDecoder::extend(char c) {
  const bool quotable = !is_char(c, kControlChar);
  switch (extension_) {
    case Extension::name_begin:
      extension_ = Extension::name;
      return is_char(c, kTokenChar);
    case Extension::value_begin:
      extension_ = c == '"' ? Extension::quoted : Extension::value;
      return c == '"' || is_char(c, kTokenChar);
    case Extension::quoted:
      if (c == '"') extension_ = Extension::quoted_end;
      if (c == '\\') extension_ = Extension::escaped;
      return quotable;
    case Extension::escaped:
      extension_ = Extension::quoted;
      return quotable;
    default:
      return extend_or_end(c);
  }
}

/// After a name, a value or its closing quotes.
bool ChunkedDecoder::extend_or_end(char c) {
  if (c == ';') {
    extension_ = Extension::name_begin;
    return true;
  }
  if (c == '=' && extension_ == Extension::name) {
    extension_ = Extension::value_begin;
    return true;
  }
  return is_char(c, kTokenChar) && extension_ != Extension::quoted_end;
}

/// To the line's end or the input's.
H1Fault ChunkedDecoder::take_size_line(std::string_view bytes, std::size_t& at) {
  for (; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (place_ == Place::size_end) {
      if (c != '\n') return H1Fault::bare_line_feed;
      ++at;
      end_size_line();
      return H1Fault::none;
    }
    if (++line_size_ > kLongestSizeLine) return H1Fault::bad_chunk;
    const H1Fault fault = place_ == Place::size ? take_size(c) : take_extension(c);
    if (fault != H1Fault::none) return fault;
  }
  return H1Fault::none;
}

void ChunkedDecoder::end_size_line() {
  place_ = left_ == 0 ? Place::trailers : Place::data;
  line_size_ = 0;
  digits_ = 0;
}

H1Fault ChunkedDecoder::take_data_end(std::string_view bytes, std::size_t& at) {
  const bool cr = place_ == Place::data_cr;
  if (bytes[at] != (cr ? '\r' : '\n')) return H1Fault::bad_chunk;
  place_ = cr ? Place::data_lf : Place::size;
  ++at;
  return H1Fault::none;
}

HeadResult ChunkedDecoder::parse_trailers(std::string_view bytes) {
  const std::string_view allowed = bytes.substr(0, limits_.bytes);
  const LineEnd news = glance(allowed, trailers_scanned_);
  HeadResult result = unfinished(news, allowed);
  if (news.state == HeadResult::State::complete) {
    trailers_.clear();
    result = read_field_lines(allowed, 0, limits_.fields, [&](const Field& field) {
      if (may_be_trailer(text_of(bytes, field.name), field.id)) trailers_.index(field.name, field.value, field.id);
      return H1Fault::none;
    });
  }
  if (result.state == HeadResult::State::complete) {
    trailers_.keep(bytes.substr(0, result.size));
    return result;
  }
  trailers_.clear();
  const bool over = result.state == HeadResult::State::incomplete && bytes.size() > allowed.size();
  return over ? refused(H1Fault::trailers_too_large) : result;
}

/// In place if the section is whole; else it is put together from the pieces.
H1Fault ChunkedDecoder::take_trailers(std::string_view bytes, std::size_t& at) {
  const std::size_t before = trailer_bytes_.size();
  std::string_view section = bytes.substr(at);
  if (before != 0) {
    // Never more than one byte past the limit, which is enough to see that it is passed.
    trailer_bytes_.append(section.substr(0, limits_.bytes + 1 - before));
    section = trailer_bytes_;
  }
  const HeadResult result = parse_trailers(section);
  if (result.state == HeadResult::State::bad) return result.fault;
  if (result.state == HeadResult::State::complete) {
    place_ = Place::done;
    at += result.size - before;
    return H1Fault::none;
  }
  if (before == 0) trailer_bytes_.assign(section);
  trailers_scanned_ = result.scanned;
  at = bytes.size();
  return H1Fault::none;
}

void append_chunk_size(std::string& out, std::size_t size) {
  std::array<char, kMostDigits> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
  out.append(digits.data(), end);
  out.append("\r\n");
}

void append_last_chunk(std::string& out, const FieldBlock& trailers) {
  out.append("0\r\n");
  for (const Field& field : trailers.fields()) {
    out.append(trailers.name_of(field)).append(": ").append(trailers.value_of(field)).append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace naru::http
