// Messages made into HPACK's input, by the rules for HTTP/2 messages (RFC 9113 8.2, 8.3).
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "http/message.h"

namespace naru::http {

/// Each call gives the fields of one message, valid until the next call or until the message changes. Fields that are
/// for one connection only are left out, names are lowered. The memory is used again.
class H2HeadWriter {
 public:
  [[nodiscard]] std::span<const nghttp2_nv> request(const RequestHead& head);
  [[nodiscard]] std::span<const nghttp2_nv> response(const ResponseHead& head);
  [[nodiscard]] std::span<const nghttp2_nv> trailers(const FieldBlock& fields);

 private:
  void start(const FieldBlock& fields);
  void add(std::string_view name, std::string_view value, bool sensitive = false);
  /// `lower`: the names are lower-case already, as they came by HTTP/2 or are naru's own.
  void add_all(const FieldBlock& fields, bool host, bool lower);
  [[nodiscard]] std::string_view lowered(std::string_view name);

  std::vector<nghttp2_nv> fields_;
  std::string lowered_;  // names that had to be; has room for all before the first
  std::array<char, 3> status_{};
};

}  // namespace naru::http
