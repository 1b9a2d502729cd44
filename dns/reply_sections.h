// Putting a reply's sections together from the zone's records: what fits, in what order, pointing where.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "dns/message.h"
#include "dns/record_set.h"
#include "dns/zone.h"

namespace naru::dns {

/// What is being answered: the question, or a CNAME's target. The name stands uncompressed in the reply.
struct Subject {
  std::string_view name;
  std::span<const std::uint8_t> labels;  // offsets, without the root's
  std::size_t name_at{};
  Found found;

  /// The offset in the reply at which the apex of the zone stands: the end of the name.
  [[nodiscard]] std::size_t apex_at() const { return name_at + name.size() - found.apex_size; }
  [[nodiscard]] bool is_apex() const { return name.size() == found.apex_size; }
};

/// One reply while it is being made. Names are compressed by pointers to where they are known to stand: the question, a
/// CNAME's or an SRV record's target.
class ReplySections {
 public:
  /// `limit`: of the whole reply. `rotation`: a random number, which record of a set comes first.
  ReplySections(const Zone& zone, const Query& query, std::span<std::uint8_t> out, std::size_t limit,
                std::uint32_t rotation)
      : zone_(zone), query_(query), reply_(out, limit - query.edns.reply_size()), rotation_(rotation) {}

  /// Header and question as they came: the question's case is the client's (0x20).
  void append_question(std::span<const std::uint8_t> message) {
    reply_.append(message.data(), query_.question_end);
    counts_.question = 1;
  }
  /// True if all of it fitted. The set is rotated, so that what is cut off is not always the same.
  bool append_answer(const RecordSet& records, const RrSet& set, std::size_t owner_at);
  /// A CNAME at the question's name that the zone does not have. Its target stands kRecordHead behind the size before.
  bool append_alias(const Name& target);
  /// The zone's SOA: as the answer, or as the reason for there being none (RFC 2308).
  void append_soa_answer(const Subject& subject) {
    if (append_soa(subject, subject.name_at)) ++counts_.answer;
  }
  void append_soa_authority(const Subject& subject) {
    if (append_soa(subject, subject.apex_at())) ++counts_.authority;
  }
  /// Nothing but the question, as after append_question().
  void clear() {
    reply_.cut(query_.question_end);
    counts_ = {1, 0, 0, 0};
    truncated_ = false;
  }
  /// Writes the header as it is now; `flags` without TC.
  void write_head(std::uint16_t flags) {
    const unsigned all = flags | (truncated_ ? kTc : 0U);
    write_header(reply_.at(0), query_.id, static_cast<std::uint16_t>(all), counts_);
  }
  /// The OPT record if the query had one, and the header.
  void finish(Rcode rcode, std::uint16_t flags);

  [[nodiscard]] std::size_t size() const { return reply_.size(); }
  [[nodiscard]] bool truncated() const { return truncated_; }

 private:
  bool append_soa(const Subject& subject, std::size_t owner_at);
  std::size_t append_even(const RecordSet& records, const RrSet& set, std::size_t first);
  std::size_t append_uneven(const RecordSet& records, const RrSet& set, std::size_t first);
  void append_glue(const RecordSet& records, const RrSet& set, std::size_t first, std::size_t from);
  void append_server_addresses(std::size_t ns_record_at);
  void append_whole(std::string_view bytes, std::size_t owner_at);
  void point_owners(std::size_t from, std::size_t count, std::size_t owner_at);

  const Zone& zone_;
  const Query& query_;
  ReplyBuffer reply_;
  std::uint32_t rotation_;
  Counts counts_;
  bool truncated_{false};
};

}  // namespace naru::dns
