// Parse events to a tree, with the bounds that keep a hostile text from growing in memory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/document.h"

namespace naru::config {

/// Thrown by TreeBuilder; caught where the parser is called.
struct BuildStop {
  Fault fault;
};

/// Takes the events of one document in order and holds its root. Knows nothing of who parses.
class TreeBuilder {
 public:
  using AnchorId = std::size_t;  // 0: none

  void scalar(Value value, AnchorId anchor);
  void alias(int line, AnchorId anchor);
  void begin(Value::Type type, int line, AnchorId anchor);
  void end();

  [[nodiscard]] Value take_root() { return std::move(root_); }

 private:
  struct Open {
    Value value;
    AnchorId anchor{};
    bool key_next{true};  // of a map: the next event is a key
    bool merge_next{};    // the last key was <<
    std::vector<Value> merges;
  };

  void add(Value value);
  void add_key(Open& map, Value value);
  void remember(const Value& value, AnchorId anchor);
  void count_expanded(const Value& value);

  std::vector<Open> open_;
  std::map<AnchorId, Value> anchors_;
  std::size_t expanded_{};
  Value root_;
};

}  // namespace naru::config
