// Whatever arrives: a PROXY header comes to the same however it is cut, and what it says can be written and read again.
#include <cstdint>
#include <cstdlib>

#include "proxy/proxy_protocol.h"

namespace naru::proxy {
namespace {

using State = ProxyParse::State;

void check(bool truth) {
  if (!truth) std::abort();
}

ProxyParse parse_singly(std::string_view bytes, ProxyHeader& header) {
  ProxyParse result;
  for (std::size_t size = 1; size <= bytes.size() && result.state == State::incomplete; ++size) {
    result = parse_proxy_header(std::string(bytes.substr(0, size)), header);
  }
  return result;
}

void check_written(const ProxyHeader& header) {
  std::string second;
  append_proxy_v2(second, header);
  ProxyHeader again;
  check(parse_proxy_header(second, again).size == second.size() && again == header);
  std::string first;
  append_proxy_v1(first, header);
  check(parse_proxy_header(first, again).size == first.size());
  check(again.source == header.source && again.destination == header.destination);
}

void run(std::string_view bytes) {
  ProxyHeader header;
  ProxyHeader other;
  const ProxyParse whole = parse_proxy_header(bytes, header);
  const ProxyParse pieces = parse_singly(bytes, other);
  check(whole.state == pieces.state && whole.fault == pieces.fault && whole.size == pieces.size);
  check(header == other && whole.size <= bytes.size());
  if (whole.state == State::complete) check_written(header);
}

}  // namespace
}  // namespace naru::proxy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  naru::proxy::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
