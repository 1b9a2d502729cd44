#include "dns/address_answer.h"

#include <algorithm>
#include <array>
#include <optional>

#include "dns/cache_policy.h"
#include "dns/message.h"
#include "dns/message_shape.h"

namespace naru::dns {
namespace {

constexpr std::uint32_t kLongestTtl = 0x7fffffffU;
/// For how long a name has no address where no SOA says so: Envoy's and others' interval for asking again.
constexpr Duration kDenialWithoutSoa = std::chrono::seconds(5);

Type type_of(Family family) {
  return family == Family::ipv4 ? Type::a : Type::aaaa;
}

std::optional<IpAddress> address_in(std::span<const std::uint8_t> rdata, Family family) {
  if (family == Family::ipv4 && rdata.size() == 4) {
    return IpAddress::v4(static_cast<std::uint32_t>(get16(rdata, 0)) << 16 | get16(rdata, 2));
  }
  if (family == Family::ipv4 || rdata.size() != 16) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::copy(rdata.begin(), rdata.end(), bytes.begin());
  return IpAddress::v6(bytes);
}

/// Goes along the answer section, from the question's name by CNAMEs to addresses.
class Walk {
 public:
  Walk(std::span<const std::uint8_t> message, Family family) : message_(message), family_(family) {}

  /// False: the section does not hold what its header says.
  bool run(const MessageShape& shape) {
    std::size_t at = kHeaderSize;
    if (!name_.read(message_, at)) return false;
    at = shape.question_end;
    for (unsigned left = shape.counts.answer; left > 0; --left) {
      const auto record = read_record(message_, at);
      if (!record || !take(*record)) return false;
    }
    return true;
  }

  [[nodiscard]] Duration ttl() const { return std::chrono::seconds(ttl_); }
  std::vector<IpAddress> addresses;

 private:
  bool take(const RecordView& record) {
    ParsedName owner;
    std::size_t at = record.name_at;
    if (!owner.read(message_, at)) return false;
    if (record.rr_class != kClassIn || owner.lower() != name_.lower()) return true;
    at = record.rdata_at;
    if (record.type == Type::cname && !name_.read(message_.first(record.end()), at)) return false;
    if (record.type != Type::cname && record.type != type_of(family_)) return true;
    // RFC 2181 8: one with the highest bit set means 0.
    ttl_ = std::min(ttl_, record.ttl > kLongestTtl ? 0 : record.ttl);
    if (record.type == Type::cname) return true;
    const auto address = address_in(message_.subspan(record.rdata_at, record.rdata_size), family_);
    if (address) addresses.push_back(*address);
    return address.has_value();
  }

  std::span<const std::uint8_t> message_;
  Family family_;
  ParsedName name_;
  std::uint32_t ttl_{kLongestTtl};
};

Duration denial_ttl(std::span<const std::uint8_t> message) {
  const auto lifetime = lifetime_of(message, {});
  if (!lifetime || lifetime->kind != CacheKind::denial) return kDenialWithoutSoa;
  return std::chrono::seconds(lifetime->ttl);
}

}  // namespace

std::vector<std::uint8_t> address_query(const Name& name, Family family) {
  std::vector<std::uint8_t> message(kHeaderSize);
  write_header(message.data(), 0, kRd, {1, 0, 0, 0});
  message.insert(message.end(), name.wire().begin(), name.wire().end());
  for (const std::uint16_t value : {static_cast<std::uint16_t>(type_of(family)), kClassIn}) {
    message.push_back(static_cast<std::uint8_t>(value >> 8));
    message.push_back(static_cast<std::uint8_t>(value));
  }
  return message;
}

AddressAnswer read_addresses(std::span<const std::uint8_t> message, Family family) {
  const auto shape = shape_of(message);
  if (!shape || (get16(message, 2) & kTc) != 0) return {};
  const Rcode rcode = rcode_of(message);
  if (rcode == Rcode::nx_domain) return {AddressAnswer::Kind::none, {}, denial_ttl(message)};
  Walk walk(message, family);
  if (rcode != Rcode::no_error || !walk.run(*shape)) return {};
  if (walk.addresses.empty()) return {AddressAnswer::Kind::none, {}, denial_ttl(message)};
  std::sort(walk.addresses.begin(), walk.addresses.end());
  walk.addresses.erase(std::unique(walk.addresses.begin(), walk.addresses.end()), walk.addresses.end());
  return {AddressAnswer::Kind::found, std::move(walk.addresses), walk.ttl()};
}

}  // namespace naru::dns
