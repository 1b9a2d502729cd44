// Messages: taking a query apart, and putting a reply together in a buffer of fixed size (RFC 1035 4, RFC 6891).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "dns/name.h"
#include "dns/types.h"
#include "dns/wire.h"

namespace naru::dns {

// Header flags, as they stand in the second 16 bits.
inline constexpr std::uint16_t kQr = 0x8000;  // a response
inline constexpr std::uint16_t kAa = 0x0400;  // authoritative
inline constexpr std::uint16_t kTc = 0x0200;  // truncated
inline constexpr std::uint16_t kRd = 0x0100;  // recursion desired
inline constexpr std::uint16_t kRa = 0x0080;  // recursion available
inline constexpr std::uint16_t kAd = 0x0020;  // authentic data
inline constexpr std::uint16_t kCd = 0x0010;  // checking disabled
inline constexpr std::uint16_t kOpcodeMask = 0x7800;

inline constexpr std::size_t kOptSize = 11;     // of an OPT record without options
inline constexpr std::size_t kCookieSize = 24;  // client's and server's part together, as we make them (RFC 9018)

struct Edns {
  bool present{};
  std::uint16_t payload{};  // as asked for
  std::uint8_t version{};
  bool dnssec_ok{};
  std::uint16_t cookie_at{};    // offset in the message of the COOKIE option's data
  std::uint16_t cookie_size{};  // 0: there is none; else 8, or 16 to 40 (RFC 7873 4)
  /// What the reply's COOKIE option is to have, if `reply_cookie`. Not from the message: whoever answers says so.
  std::array<std::uint8_t, kCookieSize> cookie;
  bool reply_cookie{};

  /// As if there were no OPT.
  void clear() {
    present = dnssec_ok = reply_cookie = false;
    payload = cookie_at = cookie_size = 0;
    version = 0;
  }
  /// Of the OPT record in the reply.
  [[nodiscard]] std::size_t reply_size() const {
    if (!present) return 0;
    return kOptSize + (reply_cookie ? 4 + kCookieSize : 0);
  }
};

/// A query. A buffer to reuse: parsing one costs no allocation.
struct Query {
  std::uint16_t id{};
  std::uint16_t flags{};
  ParsedName name;
  Type type{};
  std::uint16_t rr_class{};
  std::size_t question_end{};  // offset; the question is the bytes from the header to here
  Edns edns;
};

enum class QueryFault : std::uint8_t {
  none,
  runt,          // no whole header
  response,      // not a query at all
  other_opcode,  // NOTIFY, UPDATE, ...: id and flags are known
  malformed,     // id and flags are known
  cookie_only,   // no question, but an OPT with a cookie: asks for one (RFC 7873 5.4)
};

/// What follows the last record is not looked at.
[[nodiscard]] QueryFault parse_query(std::span<const std::uint8_t> message, Query& query);

/// Steps over the name at `at`, without following pointers. False: it runs out of the message.
[[nodiscard]] bool skip_name(std::span<const std::uint8_t> message, std::size_t& at);

/// One record's frame. `name_at`, `rdata_at`: offsets.
struct RecordView {
  std::size_t name_at{};
  Type type{};
  std::uint16_t rr_class{};
  std::uint32_t ttl{};
  std::size_t rdata_at{};
  std::size_t rdata_size{};

  [[nodiscard]] std::size_t end() const { return rdata_at + rdata_size; }
};
/// The record at `at`, which is moved behind it. Nothing: it runs out of the message.
[[nodiscard]] std::optional<RecordView> read_record(std::span<const std::uint8_t> message, std::size_t& at);

/// Bytes of a reply, up to a limit. Nothing is ever written in part.
class ReplyBuffer {
 public:
  /// `limit` is at least the header's size, and at most the buffer's.
  ReplyBuffer(std::span<std::uint8_t> out, std::size_t limit) : data_(out.data()), limit_(limit) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t room() const { return limit_ - size_; }
  [[nodiscard]] std::uint8_t* at(std::size_t offset) { return data_ + offset; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {data_, size_}; }

  bool append(const void* bytes, std::size_t count) {
    if (count > room()) return false;
    std::memcpy(data_ + size_, bytes, count);
    size_ += count;
    return true;
  }
  bool append(std::string_view bytes) { return append(bytes.data(), bytes.size()); }
  bool append16(std::size_t value) {
    const std::uint8_t bytes[2] = {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    return append(bytes, 2);
  }
  /// Gives up what was written behind `size`.
  void cut(std::size_t size) { size_ = size; }
  /// Room that had been kept free, for the OPT record.
  void raise_limit(std::size_t more) { limit_ += more; }

 private:
  std::uint8_t* data_;
  std::size_t limit_;
  std::size_t size_{0};
};

/// How many records a reply has in each section.
struct Counts {
  std::uint16_t question{};
  std::uint16_t answer{};
  std::uint16_t authority{};
  std::uint16_t additional{};
};
void write_header(std::uint8_t* to, std::uint16_t id, std::uint16_t flags, const Counts& counts);

/// The OPT record for a query that had `edns`, of edns.reply_size(). `rcode` gives its extended bits.
bool append_opt(ReplyBuffer& reply, Rcode rcode, const Edns& edns);

}  // namespace naru::dns
