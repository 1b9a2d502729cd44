// The files that objects are read from, and what of them is in force. Knows nothing of watching.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/file_loader.h"
#include "config/object_index.h"
#include "config/source.h"

namespace naru::config {

class FileSet {
 public:
  /// Reads the file again. One that cannot be read or has errors keeps what it had in force.
  /// False: it is not there any more, and stays as it was (erase() is for that).
  bool refresh(const std::string& path);
  /// As refresh(), with the text at hand.
  void set_text(const std::string& path, std::string text);
  void set_unreadable(const std::string& path, std::string reason);
  /// True if there was such a file.
  bool erase(const std::string& path);

  [[nodiscard]] bool contains(const std::string& path) const { return files_.contains(path); }
  [[nodiscard]] bool unreadable(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> paths() const;

  /// Objects changed since the last call, and all standing errors and notices in the order of files.
  [[nodiscard]] SourceUpdate take();

 private:
  struct File {
    explicit File(const std::string& path) : loader(path) {}
    FileLoader loader;
    Chunks in_force;
    bool was_good{};   // at least once without errors
    bool keeps_old{};  // what is in force is older than what the file says
    std::vector<Issue> errors;
    std::vector<Skipped> skipped;
    std::string unreadable;  // why, if it is
  };

  File& file_at(const std::string& path);
  void judge(const std::string& path, File& file);
  static void collect(const std::string& path, File& file);

  void note(const std::string& path, const File& file);

  std::map<std::string, File> files_;
  std::set<std::string> telling_;  // the paths of those with an error or a notice: few, where files are many
  std::string spare_;              // memory of a text that is not needed any more
  ObjectIndex index_;
};

}  // namespace naru::config
