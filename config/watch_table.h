// What each watched directory is watched for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/scan.h"
#include "config/watch.h"

namespace naru::config {

/// Keeps inotify's watches in step with what the last scan found. Thread: one.
class WatchTable {
 public:
  /// A file or root that a name in a directory leads to.
  struct Owner {
    std::string path;
    std::string link;  // the name in the directory, as a path
    bool is_last{};
  };
  struct Watched {
    std::vector<std::string> trees;  // the paths by which it is a directory all of whose files count
    std::multimap<std::string, Owner> links;
  };

  explicit WatchTable(const Watch& watch) : watch_(watch) {}

  /// A new scan begins: watch() for each directory that it looks into, then end() with what it found.
  void begin();
  void watch(const std::string& directory, Interest interest);
  /// Directories that no scan asks for any more are not watched any more.
  void end(const Scan& scan);

  /// Null: not watched any more.
  [[nodiscard]] const Watched* find(int watch) const;
  [[nodiscard]] bool has_tree(const std::string& path) const { return trees_.contains(path); }
  [[nodiscard]] const std::vector<Issue>& errors() const { return errors_; }

 private:
  const Watch& watch_;
  std::map<int, Watched> watched_;
  std::map<int, Watched> before_;
  std::map<std::string, int> by_path_;
  std::set<std::string> trees_;
  std::vector<Issue> errors_;
};

}  // namespace naru::config
