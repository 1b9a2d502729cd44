// Answers of upstreams, record by record.
#pragma once

#include "tests/unit/dns/wire_text.h"

namespace naru::dns::test {

/// "www.example.com A" asked, and what was said of it.
class UpstreamAnswer {
 public:
  explicit UpstreamAnswer(std::string_view name, Type type = Type::a, unsigned rcode = 0,
                          unsigned flags = kQr | kRd | kRa) {
    put(bytes_, 7);
    put(bytes_, flags | rcode);
    for (const std::size_t count : {1U, 0U, 0U, 0U}) put(bytes_, count);
    put_name(bytes_, name);
    put(bytes_, static_cast<std::size_t>(type));
    put(bytes_, 1);
  }

  UpstreamAnswer& a(std::string_view owner, std::uint32_t ttl, std::uint8_t last = 1) {
    return record(0, owner, Type::a, ttl, {192, 0, 2, last});
  }
  UpstreamAnswer& cname(std::string_view owner, std::uint32_t ttl, std::string_view target) {
    Bytes rdata;
    put_name(rdata, target);
    return record(0, owner, Type::cname, ttl, rdata);
  }
  UpstreamAnswer& soa(std::string_view owner, std::uint32_t ttl, std::uint32_t minimum) {
    Bytes rdata;
    put_name(rdata, "ns.example");
    put_name(rdata, "host.example");
    for (const std::uint32_t value : {1U, 2U, 3U, 4U, minimum}) put32(rdata, value);
    return record(1, owner, Type::soa, ttl, rdata);
  }
  UpstreamAnswer& record(std::size_t section, std::string_view owner, Type type, std::uint32_t ttl, const Bytes& rdata,
                         std::uint16_t rr_class = 1) {
    ++bytes_[7 + 2 * section];
    put_name(bytes_, owner);
    put(bytes_, static_cast<std::size_t>(type));
    put(bytes_, rr_class);
    put32(bytes_, ttl);
    put(bytes_, rdata.size());
    bytes_.insert(bytes_.end(), rdata.begin(), rdata.end());
    return *this;
  }
  UpstreamAnswer& opt() {
    ++bytes_[11];
    put_opt(bytes_, 4096);
    return *this;
  }

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  static void put32(Bytes& to, std::uint32_t value) {
    put(to, value >> 16);
    put(to, value & 0xffffU);
  }

  Bytes bytes_;
};

}  // namespace naru::dns::test
