#include "config/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace naru::config {
namespace {

/// ".name", or `["a.b/c"]` for keys that are not names, as those of labels.
std::string key_path(std::string_view key, bool first) {
  const std::string word = word_or_quote(key);
  if (word.front() == '"' || key.find_first_of("./") != std::string_view::npos) return fmt::format("[{}]", quote(key));
  return first ? word : "." + word;
}

std::string list_of(FieldNames words) {
  std::string list;
  for (const std::string_view word : words) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", word);
  return list;
}

std::string guess(std::string_view word, FieldNames known) {
  const auto near = nearest(word, known);
  return near ? fmt::format("; did you mean {}?", quote(*near)) : std::string();
}

}  // namespace

void Report::add(int line, std::string field, std::string reason) {
  constexpr std::size_t kMost = 100;  // of one object; a thousand faults help nobody and a hostile file has millions
  ++count_;
  if (count_ < kMost) issues_.push_back({at(line), object_, std::move(field), std::move(reason)});
  if (count_ == kMost) issues_.push_back({at(line), object_, {}, "has more faults, which are not listed"});
}

Field Field::operator[](std::string_view key) const& {
  const bool is_map = value_ != nullptr && value_->type == Value::Type::map;
  return {*this, is_map ? value_->find(key) : nullptr, key};
}

int Field::line() const {
  if (value_ != nullptr && value_->line > 0) return value_->line;
  return parent_ != nullptr ? parent_->line() : 0;
}

std::string Field::path() const {
  if (parent_ == nullptr) return {};
  const std::string above = parent_->path();
  if (key_.empty()) return fmt::format("{}[{}]", above, index_);
  return above + key_path(key_, above.empty());
}

void Field::fail(std::string reason) const {
  report_->add(line(), path(), std::move(reason));
}

void Field::fail_at(std::string_view key, std::string reason) const {
  (*this)[key].fail(std::move(reason));
}

void Field::fail_type(std::string_view wanted) const {
  fail(fmt::format("wants {}, but has {}", wanted, describe(*value_)));
}

void Field::fail_unsupported(std::string_view given, FieldNames supported) const {
  fail(fmt::format("Unsupported value: {}: supported values: {}", quote(given), list_of(supported)));
}

bool Field::map_of_anything() const {
  if (!*this) return false;
  if (value_->type != Value::Type::map) fail_type("a map");
  return value_->type == Value::Type::map;
}

bool Field::map(FieldNames known) const {
  if (!map_of_anything()) return false;
  for (std::size_t i = 0; i < value_->keys.size(); ++i) {
    const Value::Key& key = value_->keys[i];
    if (std::ranges::find(known, std::string_view(key.name)) != known.end()) continue;
    const std::string above = path();
    report_->add(key.line, above + key_path(key.name, above.empty()), "unknown field" + guess(key.name, known));
  }
  return true;
}

void Field::each(const std::function<void(const Field&)>& visit) const {
  if (!*this) return;
  if (value_->type != Value::Type::sequence) return fail_type("a list");
  for (std::size_t i = 0; i < value_->items.size(); ++i) visit(Field(*this, &value_->items[i], i));
}

void Field::each_entry(const std::function<void(const Value::Key&, const Field&)>& visit) const {
  if (!map_of_anything()) return;
  for (std::size_t i = 0; i < value_->items.size(); ++i) {
    const Value::Key& key = value_->keys[i];
    visit(key, Field(*this, &value_->items[i], std::string_view(key.name)));
  }
}

bool Field::is_scalar(std::string_view wanted) const {
  if (!*this) return false;
  if (value_->type != Value::Type::scalar) fail_type(wanted);
  return value_->type == Value::Type::scalar;
}

std::optional<std::string> Field::text() const {
  if (!is_scalar("a string")) return std::nullopt;
  const ScalarType type = scalar_type(*value_);
  if (type == ScalarType::string) return value_->text;
  if (type != ScalarType::null) fail(fmt::format("wants a string, but has {}: put it in quotes", describe(*value_)));
  return std::nullopt;
}

std::optional<bool> Field::boolean() const {
  if (!is_scalar("true or false")) return std::nullopt;
  const auto value = boolean_of(*value_);
  if (!value && scalar_type(*value_) != ScalarType::null) fail_type("true or false");
  return value;
}

std::optional<std::int64_t> Field::integer() const {
  if (!is_scalar("a whole number")) return std::nullopt;
  const auto value = integer_of(*value_);
  if (value || scalar_type(*value_) == ScalarType::null) return value;
  Value unquoted = *value_;
  unquoted.quoted = false;
  const bool only_quoted = value_->quoted && integer_of(unquoted).has_value();
  fail(fmt::format("wants a whole number, but has {}{}", describe(*value_), only_quoted ? ": remove the quotes" : ""));
  return std::nullopt;
}

std::optional<Port> Field::port() const {
  const auto raw = integer();
  if (!raw) return std::nullopt;
  const auto port = Port::from(*raw);
  if (port) return *port;
  fail(port.error().message);
  return std::nullopt;
}

std::optional<IpAddress> Field::ip() const {
  const auto given = text();
  if (!given) return std::nullopt;
  const auto address = IpAddress::parse(*given);
  if (address) return *address;
  fail(fmt::format("{}: must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)", quote(*given)));
  return std::nullopt;
}

std::vector<std::string> Field::texts() const {
  std::vector<std::string> all;
  each([&](const Field& element) {
    if (auto given = element.text()) all.push_back(std::move(*given));
  });
  return all;
}

}  // namespace naru::config
