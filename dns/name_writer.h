// Names written with compression, for records that move from one message into another (RFC 1035 4.1.4).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dns/message.h"

namespace naru::dns {

/// Appends to one reply. Remembers where the names it wrote begin, so that later ones can point there.
class NameWriter {
 public:
  explicit NameWriter(ReplyBuffer& reply) : reply_(reply) {}

  enum class Appended : std::uint8_t { yes, full, bad };
  /// A record of `message`, whole or not at all. `bad`: it is malformed, or of one of the old types whose RDATA may
  /// hold compressed names in places that we do not know.
  Appended append_record(std::span<const std::uint8_t> message, const RecordView& record);

 private:
  Appended append_name(std::span<const std::uint8_t> message, std::size_t& at, bool compress);
  Appended append_rdata(std::span<const std::uint8_t> message, const RecordView& record);
  Appended append_plain(std::span<const std::uint8_t> message, std::size_t& at, std::size_t size);
  [[nodiscard]] std::size_t find(std::string_view suffix) const;

  static constexpr std::size_t kRemembered = 32;
  struct Place {
    std::size_t at{};
    std::size_t hash{};
  };

  ReplyBuffer& reply_;
  ParsedName name_;
  std::array<Place, kRemembered> places_;
  std::size_t place_count_{0};
};

}  // namespace naru::dns
