// Which object of a name is in force when several files may give it.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/file_loader.h"
#include "config/source.h"

namespace naru::config {

struct ObjectKeyHash {
  std::size_t operator()(const ObjectKey& key) const;
};

/// Holds every object that files give and says which of each name is in force: the first in the order of files, then
/// lines. Work is in the size of what changed. Pure: knows no file system.
class ObjectIndex {
 public:
  /// `file` now gives these chunks' objects instead of `before`'s, which it gave until now.
  void replace(const std::string& file, const Chunks& before, const Chunks& now);

  /// What is in force now and was not at the last call, and which objects are duplicates of one in force.
  void take(SourceUpdate& update);

 private:
  struct Candidate {
    std::string file;
    Object object;
  };
  struct Entry {
    std::vector<Candidate> candidates;
    std::optional<Object> in_force;
  };

  void add(const std::string& file, const Chunk& chunk);
  void remove(const std::string& file, const Chunk& chunk);
  void settle(const ObjectKey& key, SourceUpdate& update);

  std::unordered_map<ObjectKey, Entry, ObjectKeyHash> entries_;
  std::unordered_set<ObjectKey, ObjectKeyHash> touched_;
  std::unordered_set<ObjectKey, ObjectKeyHash> given_twice_;  // or more often
};

}  // namespace naru::config
