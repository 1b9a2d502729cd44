// Which files a path stands for, and which directories tell when that changes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/meta.h"

namespace naru::config {

/// What a directory is looked at for.
enum class Interest {
  itself,   // that it goes away or is renamed
  entries,  // and what appears, changes and goes in it
};

/// A name in a directory that the way to a file or a root goes through.
struct Link {
  std::string directory;
  std::string name;
  std::string owner;  // the file or root
  bool is_last{};     // names the file or root itself, not something on the way
};

struct Scan {
  std::vector<std::string> files;    // regular files to read
  std::vector<std::string> streams;  // FIFOs and the like, given by name: read once
  std::vector<std::string> trees;    // directories all of whose files count
  std::vector<Link> links;
  std::vector<Issue> errors;
};

/// Called before a directory is looked into, so that nothing that happens after the look is missed.
using OnDirectory = std::function<void(const std::string& directory, Interest interest)>;

/// Adds what `root` stands for to `scan`: itself if it is a file, all files below it if it is a directory. Symbolic
/// links are followed, and remembered as links, since replacing one is how a whole set of files is changed at once.
void scan_root(const std::string& root, const OnDirectory& on_directory, Scan& scan);

/// "a/b"; what is in the working directory has no directory before its name.
[[nodiscard]] std::string join_path(const std::string& directory, std::string_view name);

/// *.yaml, *.yml, *.json; not hidden, and not what editors leave beside the file they edit.
[[nodiscard]] bool is_object_file(std::string_view name);

}  // namespace naru::config
