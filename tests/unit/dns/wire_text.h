// Messages made and read by hand, independently of the code under test as far as it goes.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.h"
#include "dns/rdata_text.h"

namespace naru::dns::test {

using Bytes = std::vector<std::uint8_t>;

struct Ask {
  std::string name;  // "web.shop.svc.cluster.local", its case kept
  Type type{Type::a};
  std::uint16_t rr_class{kClassIn};
  std::uint16_t id{0x1234};
  std::uint16_t flags{0};
  std::optional<std::uint16_t> edns{};  // payload
  std::uint8_t edns_version{0};
  bool dnssec_ok{false};
};

inline void put(Bytes& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

inline void put_name(Bytes& to, std::string_view name) {
  while (!name.empty()) {
    const auto label = name.substr(0, name.find('.'));
    to.push_back(static_cast<std::uint8_t>(label.size()));
    to.insert(to.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  to.push_back(0);
}

inline void put_opt(Bytes& to, std::uint16_t payload, std::uint8_t version = 0, bool dnssec_ok = false) {
  to.push_back(0);
  put(to, 41);
  put(to, payload);
  put(to, version);  // extended RCODE 0 before it
  put(to, dnssec_ok ? 0x8000 : 0);
  put(to, 0);
}

inline Bytes make_query(const Ask& ask) {
  Bytes message;
  put(message, ask.id);
  put(message, ask.flags);
  put(message, 1);
  put(message, 0);
  put(message, 0);
  put(message, ask.edns ? 1 : 0);
  put_name(message, ask.name);
  put(message, static_cast<std::size_t>(ask.type));
  put(message, ask.rr_class);
  if (ask.edns) put_opt(message, *ask.edns, ask.edns_version, ask.dnssec_ok);
  return message;
}

/// A reply as people read it. `valid` says that every byte of it parsed.
struct ReplyText {
  bool valid{false};
  unsigned id{};
  unsigned flags{};
  unsigned rcode{};  // with the extended bits
  std::string question;
  std::vector<std::string> answer;  // "web.shop.svc.cluster.local. A 10.96.0.1"
  std::vector<std::string> authority;
  std::vector<std::string> additional;  // without the OPT
  std::optional<unsigned> opt;          // its payload
  std::vector<std::uint32_t> ttls;
  std::size_t size{};

  [[nodiscard]] bool has(unsigned flag) const { return (flags & flag) != 0; }
};

/// RDATA with its names uncompressed; nothing if they run out of it.
inline std::optional<std::string> plain_rdata(std::span<const std::uint8_t> message, const RecordView& record) {
  std::size_t fixed = 0;
  std::size_t names = 0;
  switch (record.type) {
    case Type::srv:
      fixed = 6;
      names = 1;
      break;
    case Type::mx:
      fixed = 2;
      names = 1;
      break;
    case Type::cname:
    case Type::ns:
    case Type::ptr:
      names = 1;
      break;
    case Type::soa:
      names = 2;
      break;
    default:
      break;
  }
  std::string rdata;
  std::size_t at = record.rdata_at;
  const auto append = [&](std::size_t count) {
    rdata.append(reinterpret_cast<const char*>(message.data()) + at, count);
    at += count;
  };
  if (fixed > record.rdata_size) return std::nullopt;
  append(fixed);
  for (; names > 0; --names) {
    ParsedName name;
    if (!name.read(message.first(record.end()), at)) return std::nullopt;
    rdata.append(reinterpret_cast<const char*>(name.written().data()), name.size());
  }
  append(record.end() - at);
  return rdata;
}

inline std::optional<std::string> record_text(std::span<const std::uint8_t> message, const RecordView& record) {
  ParsedName owner;
  std::size_t at = record.name_at;
  const auto rdata = plain_rdata(message, record);
  if (!owner.read(message, at) || !rdata) return std::nullopt;
  const std::string_view written(reinterpret_cast<const char*>(owner.written().data()), owner.size());
  return fmt::format("{} {} {}", presentation(written), to_string(record.type), rdata_text(record.type, *rdata));
}

inline ReplyText read_reply(std::span<const std::uint8_t> message) {
  ReplyText reply;
  reply.size = message.size();
  if (message.size() < kHeaderSize) return reply;
  reply.id = get16(message, 0);
  reply.flags = get16(message, 2);
  reply.rcode = reply.flags & 15U;
  std::size_t at = kHeaderSize;
  for (unsigned i = get16(message, 4); i > 0; --i) {
    ParsedName name;
    if (!name.read(message, at) || message.size() - at < 4) return reply;
    const std::string_view written(reinterpret_cast<const char*>(name.written().data()), name.size());
    reply.question = presentation(written) + " " + to_string(Type{get16(message, at)});
    at += 4;
  }
  std::vector<std::string>* sections[] = {&reply.answer, &reply.authority, &reply.additional};
  for (std::size_t section = 0; section < 3; ++section) {
    for (unsigned i = get16(message, 6 + 2 * section); i > 0; --i) {
      const auto record = read_record(message, at);
      if (!record) return reply;
      if (record->type == Type::opt) {
        if (reply.opt || section != 2 || message[record->name_at] != 0) return reply;
        reply.opt = record->rr_class;
        reply.rcode |= (record->ttl >> 24) << 4;
        continue;
      }
      const auto text = record_text(message, *record);
      if (!text) return reply;
      sections[section]->push_back(*text);
      reply.ttls.push_back(record->ttl);
    }
  }
  reply.valid = at == message.size();
  return reply;
}

}  // namespace naru::dns::test
