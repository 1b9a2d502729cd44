#include "config/tree_builder.h"

#include <fmt/format.h>

#include <utility>

#include "config/map_keys.h"

namespace naru::config {
namespace {

std::size_t size_of(const Value& value) {
  std::size_t size = 1;
  for (const Value& item : value.items) size += size_of(item);
  return size;
}

[[noreturn]] void stop(int line, std::string reason) {
  throw BuildStop{{line, std::move(reason), 0}};
}

/// The merge key (<<) of YAML 1.1: what the map does not say itself comes from the maps that it names, the first first.
void merge(Value& map, const Value& from) {
  if (from.type == Value::Type::sequence) {
    for (const Value& each : from.items) merge(map, each);
    return;
  }
  if (from.type != Value::Type::map) stop(from.line, "the merge key << wants a map or a list of maps");
  for (std::size_t i = 0; i < from.keys.size(); ++i) {
    if (map.find(from.keys[i].name) != nullptr) continue;
    map.keys.push_back(from.keys[i]);
    map.items.push_back(from.items[i]);
  }
}

}  // namespace

void TreeBuilder::scalar(Value value, AnchorId anchor) {
  remember(value, anchor);
  add(std::move(value));
}

void TreeBuilder::alias(int line, AnchorId anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) stop(line, "an alias names what it is itself inside of");
  count_expanded(found->second);
  Value copy = found->second;
  copy.line = line;
  add(std::move(copy));
}

void TreeBuilder::begin(Value::Type type, int line, AnchorId anchor) {
  if (open_.size() >= kDeepestNesting) stop(line, fmt::format("is nested deeper than {} levels", kDeepestNesting));
  Open& opened = open_.emplace_back();
  opened.value.type = type;
  opened.value.line = line;
  opened.anchor = anchor;
}

void TreeBuilder::end() {
  Open done = std::move(open_.back());
  open_.pop_back();
  if (auto fault = duplicate_key(done.value)) throw BuildStop{std::move(*fault)};
  for (const Value& from : done.merges) merge(done.value, from);
  remember(done.value, done.anchor);
  add(std::move(done.value));
}

void TreeBuilder::add(Value value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Open& parent = open_.back();
  if (parent.value.type == Value::Type::map && parent.key_next) return add_key(parent, std::move(value));
  parent.key_next = true;
  if (std::exchange(parent.merge_next, false)) {
    count_expanded(value);
    parent.merges.push_back(std::move(value));
  } else {
    const bool under_key = parent.value.type == Value::Type::map && value.type != Value::Type::scalar;
    if (under_key) value.line = parent.value.keys.back().line;
    parent.value.items.push_back(std::move(value));
  }
}

void TreeBuilder::add_key(Open& map, Value value) {
  if (value.type == Value::Type::sequence || value.type == Value::Type::map)
    stop(value.line, "a key must be a word, not a list or a map");
  map.key_next = false;
  map.merge_next = value.text == "<<" && !value.quoted;
  if (!map.merge_next) map.value.keys.push_back({std::move(value.text), value.line});
}

/// Copies count as well: anchors inside anchors would else be kept once per level.
void TreeBuilder::remember(const Value& value, AnchorId anchor) {
  if (anchor == 0) return;
  count_expanded(value);
  anchors_[anchor] = value;
}

void TreeBuilder::count_expanded(const Value& value) {
  expanded_ += size_of(value);
  if (expanded_ > kMostExpanded)
    stop(value.line, fmt::format("its aliases expand to more than {} values", kMostExpanded));
}

}  // namespace naru::config
