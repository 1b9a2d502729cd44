// Heads from and as lines that a table can show.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "http/h1_parser.h"

namespace naru::http::test {

/// "A: b\n" for each field in order.
inline std::string lines(const FieldBlock& fields) {
  std::string out;
  for (const Field& field : fields.fields()) {
    out.append(fields.name_of(field)).append(": ").append(fields.value_of(field)).append("\n");
  }
  return out;
}

/// Adds a field for each line "A: b\n".
inline void add_lines(FieldBlock& fields, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t colon = text.find(": ");
    fields.add(text.substr(0, colon), text.substr(colon + 2, end - colon - 2));
    text.remove_prefix(end + 1);
  }
}

inline RequestHead parsed(const std::string& bytes) {
  RequestHead head;
  REQUIRE(parse_request_head(bytes, 0, {}, head).fault == H1Fault::none);
  return head;
}

inline ResponseHead parsed_response(const std::string& bytes) {
  ResponseHead head;
  REQUIRE(parse_response_head(bytes, 0, {}, Method::get, head).fault == H1Fault::none);
  return head;
}

/// As an HTTP/2 session hands it on.
struct H2Request {
  std::string method{"GET"};
  std::string scheme{"http"};
  std::string authority{"a"};
  std::string path{"/"};
  std::string fields;

  [[nodiscard]] RequestHead head() const {
    RequestHead out;
    out.version = Version::http2;
    out.method = method_of(method);
    out.method_text = out.fields.keep(method);
    out.scheme = out.fields.keep(scheme);
    out.authority = out.fields.keep(authority);
    out.path = out.fields.keep(path);
    add_lines(out.fields, fields);
    return out;
  }
};

}  // namespace naru::http::test
