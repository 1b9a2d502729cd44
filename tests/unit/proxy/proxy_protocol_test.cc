#include "proxy/proxy_protocol.h"

#include <catch2/catch.hpp>
#include <set>

namespace naru::proxy {

std::ostream& operator<<(std::ostream& out, ProxyFault fault) {
  return out << to_string(fault);
}

namespace {

using namespace std::string_literals;
using State = ProxyParse::State;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

/// Fed byte by byte, it must come to the same as at once.
ProxyParse parse(const std::string& bytes, ProxyHeader& header) {
  const ProxyParse whole = parse_proxy_header(bytes, header);
  ProxyParse singly;
  ProxyHeader other;
  for (std::size_t size = 1; size <= bytes.size() && singly.state == State::incomplete; ++size) {
    singly = parse_proxy_header(std::string(bytes, 0, size), other);
  }
  CHECK(singly.state == whole.state);
  CHECK(singly.fault == whole.fault);
  CHECK(singly.size == whole.size);
  if (whole.state == State::complete) CHECK(other == header);
  return whole;
}

ProxyHeader of(const char* source, const char* destination) {
  return {false, *SocketAddress::parse(source), *SocketAddress::parse(destination)};
}

/// Version 2: version and command, family, and what follows the length.
std::string v2(std::string head, const std::string& rest) {
  head.push_back(static_cast<char>(rest.size() >> 8));
  head.push_back(static_cast<char>(rest.size() & 0xff));
  return kSignature + head + rest;
}

const std::string kAddresses4 = "\xc0\x00\x02\x01\xc6\x33\x64\x01\xc3\x50\x00\x50"s;

TEST_CASE("PROXY headers that are accepted") {
  struct Row {
    const char* sentence;
    std::string bytes;
    ProxyHeader header;
  };
  const ProxyHeader four = of("192.0.2.1:50000", "198.51.100.1:80");
  ProxyHeader ports = four;
  ports.source->port = Port(0);
  ports.destination->port = Port(65535);
  const std::string six = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01";
  const Row rows[] = {
      {"version 1, IPv4", "PROXY TCP4 192.0.2.1 198.51.100.1 50000 80\r\n", four},
      {"version 1, IPv6", "PROXY TCP6 2001:db8::1 ::1 1 2\r\n", of("[2001:db8::1]:1", "[::1]:2")},
      {"version 1, the least and the greatest port", "PROXY TCP4 192.0.2.1 198.51.100.1 0 65535\r\n", ports},
      {"version 1, unknown", "PROXY UNKNOWN\r\n", {}},
      {"version 1, unknown with words", "PROXY UNKNOWN a b c d e f\r\n", {}},
      {"version 1, the longest line", "PROXY UNKNOWN " + std::string(107 - 16, 'f') + "\r\n", {}},
      {"version 2, IPv4", v2("\x21\x11", kAddresses4), four},
      {"version 2, IPv6", v2("\x21\x21", six + six + "\x00\x01\x00\x02"s), of("[2001:db8::1]:1", "[2001:db8::1]:2")},
      {"version 2, IPv4 with an extension", v2("\x21\x11", kAddresses4 + "\x04\x00\x02xx"s), four},
      {"version 2, IPv4 with an empty extension", v2("\x21\x11", kAddresses4 + "\xee\x00\x00"s), four},
      {"version 2, local", v2("\x20\x00"s, ""), {true, {}, {}}},
      {"version 2, local with what is to be ignored", v2("\x20\xff"s, "anything"), {true, {}, {}}},
      {"version 2, unspecified", v2("\x21\x00"s, ""), {}},
      {"version 2, unspecified with an extension", v2("\x21\x00"s, "\x04\x00\x01x"s), {}},
      {"version 2, UNIX sockets", v2("\x21\x31", std::string(216, '/')), {}},
      {"version 2, the longest", v2("\x20\x00"s, std::string(kMostProxyBytes - 16, 'x')), {true, {}, {}}},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    ProxyHeader header = of("1.1.1.1:1", "2.2.2.2:2");
    const ProxyParse result = parse(row.bytes, header);
    CHECK(result.fault == ProxyFault::none);
    CHECK(result.state == State::complete);
    CHECK(result.size == row.bytes.size());
    CHECK(header == row.header);
    CHECK(parse_proxy_header(row.bytes + "GET / HTTP/1.1\r\n", header).size == row.bytes.size());
  }
}

TEST_CASE("PROXY headers of version 1 that are refused") {
  struct Row {
    const char* sentence;
    std::string bytes;
    ProxyFault fault;
  };
  using Fault = ProxyFault;
  const Row rows[] = {
      {"a request", "G", Fault::no_signature},
      {"a POST", "PO", Fault::no_signature},
      {"the word in lower case", "proxy TCP4", Fault::no_signature},
      {"a tab after the word", "PROXY\t", Fault::no_signature},
      {"a word that goes on", "PROXYX", Fault::no_signature},
      {"no words", "PROXY \r\n", Fault::bad_line},
      {"another family", "PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n", Fault::bad_line},
      {"two spaces", "PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n", Fault::bad_line},
      {"a space at the end", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n", Fault::bad_line},
      {"a port missing", "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n", Fault::bad_line},
      {"a word too many", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n", Fault::bad_line},
      {"a bare LF", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n", Fault::bad_line},
      {"a bare CR", "PROXY TCP4 1.1.1.1\r2", Fault::bad_line},
      {"a bare LF after unknown", "PROXY UNKNOWN\n", Fault::bad_line},
      {"a short address", "PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n", Fault::bad_address},
      {"a name", "PROXY TCP4 localhost 2.2.2.2 1 2\r\n", Fault::bad_address},
      {"an IPv6 address for TCP4", "PROXY TCP4 ::1 2.2.2.2 1 2\r\n", Fault::bad_address},
      {"an IPv4 address for TCP6", "PROXY TCP6 ::1 2.2.2.2 1 2\r\n", Fault::bad_address},
      {"brackets", "PROXY TCP6 [::1] [::1] 1 2\r\n", Fault::bad_address},
      {"a port past the last", "PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n", Fault::bad_port},
      {"a port with a sign", "PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n", Fault::bad_port},
      {"a port with a leading zero", "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n", Fault::bad_port},
      {"a port of six digits", "PROXY TCP4 1.1.1.1 2.2.2.2 1 100000\r\n", Fault::bad_port},
      {"one byte too long", "PROXY UNKNOWN " + std::string(107 - 15, 'f') + "\r\n", Fault::header_too_large},
      {"without an end", "PROXY UNKNOWN " + std::string(200, 'f'), Fault::header_too_large},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    ProxyHeader header;
    CHECK(parse(row.bytes, header).fault == row.fault);
    CHECK(header == ProxyHeader{});
  }
}

TEST_CASE("PROXY headers of version 2 that are refused") {
  struct Row {
    const char* sentence;
    std::string bytes;
    ProxyFault fault;
  };
  using Fault = ProxyFault;
  const Row rows[] = {
      {"a signature that differs in its last byte", "\r\n\r\n\0\r\nQUIT\r"s, Fault::no_signature},
      {"two empty lines", "\r\n\r\nX", Fault::no_signature},
      {"version 1 in version 2's clothes", kSignature + "\x11", Fault::bad_version},
      {"version 3", kSignature + "\x31", Fault::bad_version},
      {"a third command", kSignature + "\x22", Fault::bad_command},
      {"UDP over IPv4", kSignature + "\x21\x12", Fault::bad_family},
      {"an unknown transport", kSignature + "\x21\x13", Fault::bad_family},
      {"an unknown family", kSignature + "\x21\x41", Fault::bad_family},
      {"IPv4, one byte short", v2("\x21\x11", kAddresses4.substr(1)), Fault::bad_length},
      {"IPv6 with addresses of IPv4", v2("\x21\x21", kAddresses4), Fault::bad_length},
      {"an extension's head cut off", v2("\x21\x11", kAddresses4 + "\x04\x00"s), Fault::bad_extension},
      {"an extension longer than the rest", v2("\x21\x11", kAddresses4 + "\x04\x00\x02x"s), Fault::bad_extension},
      {"a checksum of three bytes", v2("\x21\x11", kAddresses4 + "\x03\x00\x03xxx"s), Fault::bad_extension},
      {"a checksum that does not fit", v2("\x21\x11", kAddresses4 + "\x03\x00\x04xxxx"s), Fault::bad_checksum},
      {"one byte too long", v2("\x20\x00"s, std::string(kMostProxyBytes - 15, 'x')), Fault::header_too_large},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    ProxyHeader header;
    CHECK(parse(row.bytes, header).fault == row.fault);
    CHECK(header == ProxyHeader{});
  }
}

TEST_CASE("a checksum that fits") {
  // Of the sixteen bytes, the addresses and the extension with its four bytes zero.
  std::string bytes = v2("\x21\x11", kAddresses4 + "\x03\x00\x04\0\0\0\0"s);
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
  }
  crc = ~crc;
  for (std::size_t i = 0; i < 4; ++i) bytes[bytes.size() - 4 + i] = static_cast<char>(crc >> (24 - 8 * i) & 0xff);
  ProxyHeader header;
  CHECK(parse(bytes, header).state == State::complete);
  bytes[20] ^= 1;
  CHECK(parse(bytes, header).fault == ProxyFault::bad_checksum);
}

TEST_CASE("every beginning of a header is incomplete") {
  for (const std::string& bytes : {"PROXY TCP4 192.0.2.1 198.51.100.1 50000 80\r\n"s, v2("\x21\x11", kAddresses4)}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ProxyHeader header;
      CHECK(parse_proxy_header(bytes.substr(0, size), header).state == State::incomplete);
    }
  }
}

TEST_CASE("what is written is read again") {
  struct Row {
    const char* sentence;
    ProxyHeader header;
    std::string v1;
    ProxyHeader read_v1;
    ProxyHeader read_v2;
  };
  const ProxyHeader four = of("192.0.2.1:50000", "198.51.100.1:80");
  const ProxyHeader six = of("[2001:db8::1]:1", "[::1]:65535");
  const ProxyHeader local{true, {}, {}};
  const Row rows[] = {
      {"IPv4", four, "PROXY TCP4 192.0.2.1 198.51.100.1 50000 80\r\n", four, four},
      {"IPv6", six, "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", six, six},
      {"local", local, "PROXY UNKNOWN\r\n", {}, local},
      {"nothing known", {}, "PROXY UNKNOWN\r\n", {}, {}},
      {"two families", of("192.0.2.1:1", "[::1]:2"), "PROXY UNKNOWN\r\n", {}, {}},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    std::string v1;
    append_proxy_v1(v1, row.header);
    CHECK(v1 == row.v1);
    ProxyHeader read;
    CHECK(parse(v1, read).size == v1.size());
    CHECK(read == row.read_v1);
    std::string second;
    append_proxy_v2(second, row.header);
    CHECK(parse(second, read).size == second.size());
    CHECK(read == row.read_v2);
  }
}

TEST_CASE("every fault has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kProxyFaults; ++i) CHECK(names.insert(to_string(static_cast<ProxyFault>(i))).second);
  CHECK(to_string(ProxyFault::header_too_large) == "header_too_large");
}

}  // namespace
}  // namespace naru::proxy
