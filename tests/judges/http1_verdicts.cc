// What naru makes of HTTP/1 messages, for a comparison with what another parser makes of them: reads lines of
// "request|response HEX", writes a line for each:
//   complete|incomplete NAME... | bad FAULT
// where complete is followed by method or status, target or reason, fields, content and trailers, each as HEX, fields
// as "name=value,name=value".
#include <fmt/core.h>

#include <iostream>
#include <iterator>
#include <string>

#include "http/h1_chunked.h"
#include "http/h1_parser.h"

namespace naru::http {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::string listed(const FieldBlock& fields) {
  std::string out;
  for (const Field& field : fields.fields()) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ",", hex(fields.name_of(field)), hex(fields.value_of(field)));
  }
  return out;
}

struct Content {
  H1Fault fault{H1Fault::none};
  bool whole{};
  std::string bytes;
  std::string trailers;
};

Content dechunk(std::string_view bytes) {
  using State = ChunkedDecoder::Step::State;
  ChunkedDecoder decoder;
  Content out;
  for (State state = State::data; state == State::data;) {
    const auto step = decoder.next(bytes);
    out.bytes.append(step.data);
    bytes.remove_prefix(step.used);
    state = step.state;
    out.fault = step.fault;
    out.whole = state == State::done;
  }
  out.trailers = listed(decoder.trailers());
  return out;
}

Content content_of(const Body& body, std::string_view rest) {
  if (body.framing == Framing::chunked) return dechunk(rest);
  if (body.framing == Framing::length) {
    return {H1Fault::none, rest.size() >= body.length, std::string(rest.substr(0, body.length)), ""};
  }
  return {H1Fault::none, true, body.framing == Framing::until_close ? std::string(rest) : "", ""};
}

std::string verdict(const HeadResult& result, std::string_view bytes, const Body& body, std::string_view first,
                    std::string_view second, const FieldBlock& fields) {
  if (result.state == HeadResult::State::bad) return fmt::format("bad {}", to_string(result.fault));
  if (result.state == HeadResult::State::incomplete) return "incomplete";
  const Content content = content_of(body, bytes.substr(result.size));
  if (content.fault != H1Fault::none) return fmt::format("bad {}", to_string(content.fault));
  if (!content.whole) return "incomplete";
  return fmt::format("complete {}|{}|{}|{}|{}", hex(first), hex(second), listed(fields), hex(content.bytes),
                     content.trailers);
}

std::string judge(const std::string& line) {
  const std::size_t space = line.find(' ');
  const std::string bytes = unhex(std::string_view(line).substr(space + 1));
  if (line.starts_with("request")) {
    RequestHead head;
    const HeadResult result = parse_request_head(bytes, 0, {}, head);
    const std::string target(head.text(head.method == Method::connect ? head.authority : head.path));
    return verdict(result, bytes, head.body, head.text(head.method_text), target, head.fields);
  }
  ResponseHead head;
  const HeadResult result = parse_response_head(bytes, 0, {}, Method::get, head);
  return verdict(result, bytes, head.body, std::to_string(head.status), head.text(head.reason), head.fields);
}

}  // namespace
}  // namespace naru::http

int main() {
  for (std::string line; std::getline(std::cin, line);) std::cout << naru::http::judge(line) << '\n';
}
