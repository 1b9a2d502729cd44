// Domain names in wire form: length-prefixed labels up to the root's zero byte (RFC 1035 3.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dns/types.h"

namespace naru::dns {

/// Lower-cases `size` bytes of a wire name, or of one label. Label lengths are below 'A', so they stay as they are.
void lower_case(const std::uint8_t* from, std::size_t size, char* to);
[[nodiscard]] bool equal_ignoring_case(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// Presentation form with the trailing dot; what is not printable, and dots within labels, escaped (RFC 1035 5.1).
[[nodiscard]] std::string presentation(std::string_view wire);

/// A valid name in lower case, in wire form.
class Name {
 public:
  Name() : wire_(1, '\0') {}  // the root
  /// "web.shop.svc.cluster.local", with or without the trailing dot; no escapes. Nothing: an empty or too long label or
  /// name.
  static std::optional<Name> parse(std::string_view text);
  /// `label` and then `parent`. Nothing: the label is empty or has more than 63 bytes, or the name more than 255.
  static std::optional<Name> below(std::string_view label, const Name& parent);
  /// `wire` is a valid lower-case wire name.
  static Name from_wire(std::string_view wire);

  [[nodiscard]] const std::string& wire() const { return wire_; }
  [[nodiscard]] std::string text() const { return presentation(wire_); }
  [[nodiscard]] bool is_root() const { return wire_.size() == 1; }
  [[nodiscard]] std::size_t labels() const;  ///< without the root's
  [[nodiscard]] std::string_view first_label() const;
  /// Without the first label. Not for the root.
  [[nodiscard]] Name parent() const;
  [[nodiscard]] bool is_at_or_below(const Name& zone) const;

  friend auto operator<=>(const Name&, const Name&) = default;
  friend bool operator==(const Name&, const Name&) = default;
  friend bool operator==(const Name& a, std::string_view wire) { return a.wire_ == wire; }

 private:
  std::string wire_;
};

/// Of the wire form in lower case. Eight bytes at a time: this runs for every query.
struct NameHash {
  std::size_t operator()(std::string_view wire) const;
  std::size_t operator()(const Name& name) const { return (*this)(std::string_view(name.wire())); }
};

/// A name as it came in a message: as written, in lower case, and where its labels begin. A buffer to reuse: a query
/// costs no allocation.
class ParsedName {
 public:
  /// Reads the name at `at` in `message`, following compression pointers (each must point further back than the one
  /// before, so that no message can make it loop; RFC 9267). On success `at` is behind the name as it stands there.
  [[nodiscard]] bool read(std::span<const std::uint8_t> message, std::size_t& at);
  /// The same for a name that must not be compressed: a question's.
  [[nodiscard]] bool read_uncompressed(std::span<const std::uint8_t> message, std::size_t& at);
  void assign(std::string_view wire);  ///< a valid wire name

  [[nodiscard]] std::string_view lower() const { return {lower_.data(), size_}; }
  [[nodiscard]] std::span<const std::uint8_t> written() const { return {written_.data(), size_}; }
  /// Offsets of the labels, without the root's.
  [[nodiscard]] std::span<const std::uint8_t> labels() const { return {labels_.data(), label_count_}; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  enum class Stop : std::uint8_t { root, pointer, bad };
  /// Copies labels from `at` on; stops behind the root's byte, or at a pointer.
  Stop append_labels(std::span<const std::uint8_t> message, std::size_t& at);

  std::size_t size_{0};
  std::size_t label_count_{0};
  std::array<char, kMaxNameSize> lower_;
  std::array<std::uint8_t, kMaxNameSize> written_;
  std::array<std::uint8_t, 128> labels_;
};

}  // namespace naru::dns
