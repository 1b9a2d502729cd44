// Typed reading of a tree of values that collects every fault, each with its field's path.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "config/meta.h"
#include "config/value.h"

namespace naru::config {

/// Collects the issues of one object.
class Report {
 public:
  Report(Origin origin, std::vector<Issue>& issues) : origin_(std::move(origin)), issues_(issues) {}

  void set_object(std::string object) { object_ = std::move(object); }  ///< "Service shop/web"
  void add(int line, std::string field, std::string reason);
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] Location at(int line) const { return {origin_, line}; }

 private:
  Origin origin_;
  std::vector<Issue>& issues_;
  std::string object_;
  std::size_t count_{};
};

using FieldNames = std::span<const std::string_view>;

/// A field: a value, or nothing, at a path. A null counts as nothing, as in the Kubernetes API.
///
/// Holds a pointer to the field that it is part of, which must outlive it and stay where it is: read fields into local
/// variables, never through a temporary.
class Field {
 public:
  Field(Report& report, const Value* value) : report_(&report), value_(value) {}
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  /// A field of this map; nothing if this is nothing or no map (which is(Type::map) reports).
  Field operator[](std::string_view key) const&;
  Field operator[](std::string_view key) const&& = delete;

  explicit operator bool() const { return value_ != nullptr && value_->type != Value::Type::null; }
  [[nodiscard]] bool is_list() const { return *this && value_->type == Value::Type::sequence; }
  [[nodiscard]] bool is_map() const { return *this && value_->type == Value::Type::map; }
  /// Of a list or a map; 0 for all else.
  [[nodiscard]] std::size_t size() const { return value_ == nullptr ? 0 : value_->items.size(); }
  /// Nothing, or a list with nothing in it.
  [[nodiscard]] bool none_listed() const { return !*this || (is_list() && size() == 0); }
  [[nodiscard]] int line() const;  ///< its own, else that of the nearest field that it is part of
  [[nodiscard]] std::string path() const;
  [[nodiscard]] const Value* value() const { return value_; }
  [[nodiscard]] Report& report() const { return *report_; }

  /// Reports a fault at this field, or (if there is none) at where it should be.
  void fail(std::string reason) const;
  /// The same for the part of it that `key` names, whether it is there or not.
  void fail_at(std::string_view key, std::string reason) const;
  void fail_required() const { fail("Required value"); }

  /// True if there is a map, which may be empty; other types are reported. All keys must be among `known`, if given.
  [[nodiscard]] bool map(FieldNames known) const;
  [[nodiscard]] bool map_of_anything() const;
  /// Calls visit(element) for each; other types are reported.
  void each(const std::function<void(const Field&)>& visit) const;
  /// Calls visit(key, value) for each of a map; other types are reported.
  void each_entry(const std::function<void(const Value::Key&, const Field&)>& visit) const;

  // Nothing where there is nothing, or where the type is wrong, which is reported.
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] std::optional<bool> boolean() const;
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<Port> port() const;  // reports what is outside 1..65535 too
  [[nodiscard]] std::optional<IpAddress> ip() const;
  [[nodiscard]] std::vector<std::string> texts() const;

  [[nodiscard]] std::string text_or(std::string fallback) const { return text().value_or(std::move(fallback)); }
  [[nodiscard]] bool boolean_or(bool fallback) const { return boolean().value_or(fallback); }

  /// One of a set of words, each with what it stands for. Nothing where there is nothing, which the empty string is
  /// too, or no such word (reported).
  template <class T>
  [[nodiscard]] std::optional<T> one_of(std::initializer_list<std::pair<std::string_view, T>> words) const {
    const auto word = text();
    if (!word || word->empty()) return std::nullopt;
    std::vector<std::string_view> names;
    for (const auto& [name, value] : words) {
      if (name == *word) return value;
      names.push_back(name);
    }
    fail_unsupported(*word, names);
    return std::nullopt;
  }
  void fail_unsupported(std::string_view given, FieldNames supported) const;

 private:
  Field(const Field& parent, const Value* value, std::string_view key)
      : report_(parent.report_), value_(value), parent_(&parent), key_(key) {}
  Field(const Field& parent, const Value* value, std::size_t index)
      : report_(parent.report_), value_(value), parent_(&parent), index_(index) {}

  [[nodiscard]] bool is_scalar(std::string_view wanted) const;
  void fail_type(std::string_view wanted) const;

  Report* report_;
  const Value* value_;  // null: not there
  const Field* parent_{};
  std::string_view key_;  // empty: an element of a list
  std::size_t index_{};
};

}  // namespace naru::config
