#include "dns/record_set.h"

#include <algorithm>

#include "dns/wire.h"

namespace naru::dns {
namespace {

/// A whole record whose owner is a pointer to the question.
void append_record(std::string& to, Type type, std::uint32_t ttl, std::string_view rdata) {
  append16(to, 0xc000 | kHeaderSize);
  append16(to, static_cast<std::size_t>(type));
  append16(to, kClassIn);
  append32(to, ttl);
  append16(to, rdata.size());
  to += rdata;
}

std::string_view rdata_of(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.bytes().data()), address.bits() / 8};
}

std::vector<IpAddress> distinct(std::span<const IpAddress> addresses, Family family) {
  std::vector<IpAddress> chosen;
  for (const IpAddress& address : addresses) {
    if (address.family() == family) chosen.push_back(address);
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

Glue glue_of(const SrvData& record, std::uint32_t ttl) {
  Glue glue;
  for (const IpAddress& address : distinct(record.addresses, Family::ipv4)) {
    append_record(glue.a, Type::a, ttl, rdata_of(address));
  }
  for (const IpAddress& address : distinct(record.addresses, Family::ipv6)) {
    append_record(glue.aaaa, Type::aaaa, ttl, rdata_of(address));
  }
  return glue;
}

}  // namespace

RecordSetBuilder::RecordSetBuilder(const Name& owner, std::uint32_t ttl) : ttl_(ttl) {
  set_.bytes_ = owner.wire();
  set_.owner_size_ = owner.wire().size();
}

void RecordSetBuilder::begin(Type type) {
  RrSet& set = set_.sets_.at(set_.set_count_++);
  set.type = type;
  set.begin = set.end = static_cast<std::uint32_t>(set_.bytes_.size());
}

void RecordSetBuilder::record(std::string_view rdata) {
  RrSet& set = set_.sets_[set_.set_count_ - 1];
  append_record(set_.bytes_, set.type, ttl_, rdata);
  const auto size = static_cast<std::uint16_t>(set_.bytes_.size() - set.end);
  set.stride = set.count == 0 || set.stride == size ? size : std::uint16_t{0};
  set.end = static_cast<std::uint32_t>(set_.bytes_.size());
  ++set.count;
}

void RecordSetBuilder::end() {
  if (set_.sets_[set_.set_count_ - 1].count == 0) --set_.set_count_;
}

RecordSetBuilder& RecordSetBuilder::addresses(std::span<const IpAddress> addresses) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    begin(family == Family::ipv4 ? Type::a : Type::aaaa);
    for (const IpAddress& address : distinct(addresses, family)) record(rdata_of(address));
    end();
  }
  return *this;
}

RecordSetBuilder& RecordSetBuilder::srv(std::span<const SrvData> records) {
  begin(Type::srv);
  const Name* last = nullptr;
  for (const SrvData& each : records) {
    std::string rdata;
    append16(rdata, 0);  // priority
    append16(rdata, each.weight);
    append16(rdata, each.port.value());
    rdata += each.target.wire();  // never compressed (RFC 2782)
    record(rdata);
    if (last == nullptr || *last != each.target) set_.glue_.push_back(glue_of(each, ttl_));
    set_.glue_index_.push_back(static_cast<std::uint32_t>(set_.glue_.size() - 1));
    last = &each.target;
  }
  end();
  return *this;
}

RecordSetBuilder& RecordSetBuilder::alias(const Name& target) {
  begin(Type::cname);
  record(target.wire());
  end();
  set_.alias_ = target;
  return *this;
}

RecordSetBuilder& RecordSetBuilder::names(Type type, std::span<const Name> targets) {
  begin(type);
  for (const Name& target : targets) record(target.wire());
  end();
  return *this;
}

RecordSetBuilder& RecordSetBuilder::text(std::string_view text) {
  std::string rdata(1, static_cast<char>(text.size()));
  rdata += text;
  return raw(Type::txt, rdata);
}

RecordSetBuilder& RecordSetBuilder::raw(Type type, std::string_view rdata) {
  begin(type);
  record(rdata);
  end();
  return *this;
}

}  // namespace naru::dns
