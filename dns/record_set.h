// All records of one name, encoded once, when the Service changes, so that an answer is a copy.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "dns/name.h"
#include "dns/types.h"

namespace naru::dns {

/// Of a record whose owner is a pointer: owner, TYPE, CLASS, TTL, RDLENGTH; RDATA follows.
inline constexpr std::size_t kRecordHead = 12;

/// The records of one type. In their RecordSet's bytes they stand one after another, each with the owner name as a
/// pointer to the question (0xc00c): an answer to the name itself needs no change.
struct RrSet {
  Type type{};
  std::uint32_t count{};   // at least 1
  std::uint16_t stride{};  // size of a record where all have the same, else 0
  std::uint32_t begin{};
  std::uint32_t end{};

  friend bool operator==(const RrSet&, const RrSet&) = default;
};

/// Addresses of an SRV target, for the additional section: whole records with the owner's pointer to be filled in.
struct Glue {
  std::string a;
  std::string aaaa;

  friend bool operator==(const Glue&, const Glue&) = default;
};

/// A name and its records; none where the name only leads to others. Immutable once built. Name and records stand
/// together in memory: what a query costs here is how often it waits for that.
class RecordSet {
 public:
  /// In lower case, in wire form.
  [[nodiscard]] std::string_view owner() const { return std::string_view(bytes_).substr(0, owner_size_); }
  [[nodiscard]] bool empty() const { return set_count_ == 0; }
  [[nodiscard]] const RrSet* find(Type type) const {
    for (std::size_t i = 0; i < set_count_; ++i) {
      if (sets_[i].type == type) return &sets_[i];
    }
    return nullptr;
  }
  [[nodiscard]] std::span<const RrSet> sets() const { return {sets_.data(), set_count_}; }
  [[nodiscard]] std::string_view bytes(const RrSet& set) const {
    return std::string_view(bytes_).substr(set.begin, set.end - set.begin);
  }
  /// Calls visit(bytes) for each record of `set`, in order.
  template <class Visit>
  void for_each(const RrSet& set, Visit&& visit) const {
    for (std::size_t at = set.begin; at < set.end; at += record_size(at)) {
      visit(std::string_view(bytes_).substr(at, record_size(at)));
    }
  }
  /// Where the CNAME points, in lower case; null if there is none.
  [[nodiscard]] const Name* alias() const { return alias_ ? &*alias_ : nullptr; }
  /// For the SRV records, in their order: which of glue() has its target's addresses.
  [[nodiscard]] std::span<const std::uint32_t> glue_index() const { return glue_index_; }
  [[nodiscard]] std::span<const Glue> glue() const { return glue_; }
  /// Asks for the bytes to be there soon.
  void prefetch() const { __builtin_prefetch(bytes_.data()); }

  friend bool operator==(const RecordSet&, const RecordSet&) = default;

 private:
  friend class RecordSetBuilder;
  static constexpr std::size_t kMostTypes = 4;  // that any name of ours has

  [[nodiscard]] std::size_t record_size(std::size_t at) const {
    const auto high = static_cast<unsigned char>(bytes_[at + kRecordHead - 2]);
    const auto low = static_cast<unsigned char>(bytes_[at + kRecordHead - 1]);
    return kRecordHead + (static_cast<std::size_t>(high) << 8 | low);
  }

  std::string bytes_;  // the name, then the records
  std::size_t owner_size_{0};
  std::size_t set_count_{0};
  std::array<RrSet, kMostTypes> sets_{};
  std::optional<Name> alias_;
  std::vector<std::uint32_t> glue_index_;
  std::vector<Glue> glue_;
};

struct SrvData {
  std::uint16_t weight{};
  Port port;
  Name target;
  std::vector<IpAddress> addresses;  // of the target, for glue
};

/// Builds a RecordSet, one type at a time; each type at most once, and only with at least one record.
class RecordSetBuilder {
 public:
  RecordSetBuilder(const Name& owner, std::uint32_t ttl);

  /// A and AAAA. Each address counts once.
  RecordSetBuilder& addresses(std::span<const IpAddress> addresses);
  /// The records of one target must stand together.
  RecordSetBuilder& srv(std::span<const SrvData> records);
  RecordSetBuilder& alias(const Name& target);
  RecordSetBuilder& names(Type type, std::span<const Name> targets);  // PTR, NS
  RecordSetBuilder& text(std::string_view text);                      // TXT, one string of up to 255 bytes
  RecordSetBuilder& raw(Type type, std::string_view rdata);
  [[nodiscard]] RecordSet build() { return std::move(set_); }

 private:
  void begin(Type type);
  void record(std::string_view rdata);
  void end();

  std::uint32_t ttl_;
  RecordSet set_;
};

}  // namespace naru::dns
