// One YAML or JSON value as it was written: what the loaders of the kinds read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace naru::config {

/// Lines count from 1 at the start of the text that was parsed; that of a list or map under a key is the key's, which
/// is where people look for it. Keys keep their order.
struct Value {
  enum class Type : std::uint8_t { null, scalar, sequence, map };
  struct Key {
    std::string name;
    int line{};
  };

  Type type{Type::null};
  bool quoted{};  // a scalar in quotes, a block scalar, or tagged !!str: a string whatever it looks like
  int line{};
  std::string text;          // of a scalar
  std::vector<Value> items;  // of a sequence; of a map: the values
  std::vector<Key> keys;     // of a map, as many as items

  [[nodiscard]] const Value* find(std::string_view key) const;  ///< null: not there
};

/// Why a text could not be read, and where.
struct Fault {
  int line{};
  std::string reason;
  int first_line{};  // of the other place that the reason is about (a key given twice), if there is one
};

/// What a plain scalar is, as Kubernetes reads it (YAML 1.1: yes, on and the like are booleans).
enum class ScalarType : std::uint8_t { null, boolean, integer, real, string };

[[nodiscard]] ScalarType scalar_type(const Value& scalar);
/// Errors (nothing): not a boolean.
[[nodiscard]] std::optional<bool> boolean_of(const Value& scalar);
/// Decimal, 0x, 0o, 0b, octal with a leading 0, with `_` between digits. Errors (nothing): not a whole number of 64
/// bits.
[[nodiscard]] std::optional<std::int64_t> integer_of(const Value& scalar);

/// What was given, for a message: `the string "80"`, `the number 80`, `a list`.
[[nodiscard]] std::string describe(const Value& value);

/// Safe to print: control characters escaped, shortened when long, in quotes.
[[nodiscard]] std::string quote(std::string_view text);
/// The same without the quotes where the text is a plain word, such as a name ought to be.
[[nodiscard]] std::string word_or_quote(std::string_view text);

}  // namespace naru::config
