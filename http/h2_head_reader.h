// Decoded fields made into a message, by the rules for HTTP/2 messages (RFC 9113 8.1-8.3). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/h2_session.h"

namespace naru::http {

enum class H2HeadVerdict : std::uint8_t { good, malformed, too_large, too_many };

/// Whether a field, not a pseudo-field, may be in an HTTP/2 message: a name in lower case, no CR, LF, NUL or other
/// control character, no white space around the value, nothing that is for one HTTP/1 connection.
[[nodiscard]] bool is_h2_field(std::string_view name, std::string_view value, FieldName id);

/// A content-length's value; nothing if it is not a number of at most 18 digits.
[[nodiscard]] std::optional<std::uint64_t> content_length_of(std::string_view text);

/// Takes one block after another. What is against a rule or over a limit is not kept, but the rest of the block can be
/// given all the same, as HPACK's state demands that it is decoded.
class H2HeadReader {
 public:
  explicit H2HeadReader(const H2Limits& limits) : limits_(limits) {}

  // Each clears what it is to fill.
  void begin(RequestHead& head);
  void begin(ResponseHead& head);
  void begin_trailers(FieldBlock& trailers);
  /// Of a stream that is no more: only limits matter.
  void begin_ignored();

  void add(std::string_view name, std::string_view value, bool sensitive);
  /// The block is complete. `end`: no content follows. `no_content`: nor would it whatever content-length says (a
  /// response to HEAD).
  [[nodiscard]] H2HeadVerdict finish(bool end, bool no_content = false);
  /// So far over the limits that it is no accident: four times.
  [[nodiscard]] bool flood() const;

 private:
  enum Pseudo : std::uint8_t { kMethod = 1, kScheme = 2, kAuthority = 4, kPath = 8, kStatus = 16 };

  void start(FieldBlock* fields);
  [[nodiscard]] bool within_limits(std::size_t size);
  [[nodiscard]] bool add_field(std::string_view name, std::string_view value, bool sensitive);
  [[nodiscard]] bool add_pseudo(std::string_view name, std::string_view value);
  [[nodiscard]] bool add_request_pseudo(std::string_view name, std::string_view value);
  [[nodiscard]] bool take_status(std::string_view value);
  [[nodiscard]] bool finish_request(bool end);
  [[nodiscard]] bool finish_host();
  [[nodiscard]] bool finish_response(bool end, bool no_content);
  [[nodiscard]] bool finish_length(Body& body, bool end, bool may_lack);
  [[nodiscard]] bool first_of(Pseudo pseudo);

  const H2Limits limits_;
  RequestHead* request_{};
  ResponseHead* response_{};
  FieldBlock* fields_{};  // that are filled; null: ignored
  std::size_t bytes_{0};  // as RFC 9113 6.5.2 counts
  std::size_t count_{0};
  std::uint8_t pseudo_{0};  // those seen
  bool regular_seen_{false};
  H2HeadVerdict verdict_{};
};

}  // namespace naru::http
