#include "config/file_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "config/change_plan.h"
#include "config/file_set.h"
#include "config/held.h"
#include "config/read_file.h"
#include "config/scan.h"
#include "config/watch.h"
#include "config/watch_table.h"

namespace naru::config {
namespace {

using namespace std::chrono_literals;

// How long a file may be away before its objects are. Removing and writing anew takes microseconds, and a scheduler's
// mood; a file moved aside under another name is an editor's work or a person's, and both do not mind a blink.
constexpr auto kGone = 5ms;
constexpr auto kMovedAside = 100ms;
constexpr std::string_view kStandardInput = "-";

PathKind kind_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return PathKind::none;
  if (!S_ISREG(status.st_mode)) return PathKind::other;
  return status.st_nlink > 1 ? PathKind::linked_file : PathKind::file;
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

void set_stream(FileSet& files, const std::string& path, Result<std::string> text) {
  if (text) return files.set_text(path, std::move(*text));
  files.set_unreadable(path, text.error().message);
}

void read_fifo(FileSet& files, const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return files.set_unreadable(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  set_stream(files, path, read_stream(fd, kLargestFile));
  ::close(fd);
}

/// Standard input and the like can be read once only.
void read_streams(const std::vector<std::string>& roots, const Scan& scan, FileSet& files) {
  for (const std::string& path : scan.streams) read_fifo(files, path);
  if (std::ranges::find(roots, kStandardInput) != roots.end())
    set_stream(files, "stdin", read_stream(STDIN_FILENO, kLargestFile));
}

Scan scan_all(const std::vector<std::string>& roots, const OnDirectory& on_directory) {
  Scan scan;
  for (const std::string& root : roots) {
    if (root != kStandardInput) scan_root(root, on_directory, scan);
  }
  return scan;
}

/// "a//b/" and "./a/b" are "a/b": one path, one file, one name in messages.
std::vector<std::string> normalized(const std::vector<std::string>& paths) {
  std::vector<std::string> roots;
  for (const std::string& path : paths) {
    std::string root;
    for (const char c : path) {
      if (c != '/' || !root.ends_with('/')) root += c;
    }
    while (root.starts_with("./") && root.size() > 2) root.erase(0, 2);
    if (root.size() > 1 && root.ends_with('/')) root.pop_back();
    if (std::ranges::find(roots, root) == roots.end()) roots.push_back(root);
  }
  return roots;
}

void append(std::vector<Issue>& to, const std::vector<Issue>& issues) {
  to.insert(to.end(), issues.begin(), issues.end());
}

void sort_issues(std::vector<Issue>& issues) {
  std::ranges::stable_sort(issues, [](const Issue& a, const Issue& b) {
    const int order = (*a.location.file).compare(*b.location.file);
    return order != 0 ? order < 0 : a.location.line_in_file() < b.location.line_in_file();
  });
}

class FileSource : public Source {
 public:
  FileSource(std::vector<std::string> roots, std::unique_ptr<Watch> watch)
      : roots_(std::move(roots)), watch_(std::move(watch)), table_(*watch_) {}

  [[nodiscard]] int fd() const override { return watch_->fd(); }
  void reload() override { reload_ = true; }

  SourceUpdate read_changes() override {
    ChangePlan plan = plan_changes(watch_->read(), table_, kind_of);
    if (std::exchange(reload_, false)) plan.scan = plan.read_all = true;
    const TimePoint now = Clock::now();
    if (plan.scan || !scanned_) scan(plan, now);
    apply(plan, now);
    finish_held(now);
    watch_->arm(held_.next());
    return collect();
  }

 private:
  void scan(const ChangePlan& plan, TimePoint now) {
    const bool first = !std::exchange(scanned_, true);
    table_.begin();
    scan_ =
        scan_all(roots_, [&](const std::string& directory, Interest interest) { table_.watch(directory, interest); });
    table_.end(scan_);
    if (first) read_streams(roots_, scan_, files_);
    std::set<std::string> found(scan_.files.begin(), scan_.files.end());
    for (const std::string& path : found) {
      if (plan.read_all || !files_.contains(path) || is_below(path, plan.read_below)) read(path);
    }
    if (first) streams_ = files_.paths();  // what is not among the files found
    std::erase_if(streams_, [&](const std::string& path) { return found.contains(path); });
    for (const std::string& path : files_.paths()) {
      const bool missing = !found.contains(path) && std::ranges::find(streams_, path) == streams_.end();
      if (missing) hold(path, now + kGone);
    }
  }

  static bool is_below(const std::string& path, const std::set<std::string>& tops) {
    return std::ranges::any_of(tops, [&](const std::string& top) {
      return path == top || top == "." || (path.starts_with(top) && (top.ends_with('/') || path[top.size()] == '/'));
    });
  }

  void apply(const ChangePlan& plan, TimePoint now) {
    for (const std::string& path : plan.gone) hold(path, now + kGone);
    for (const std::string& path : plan.moved_aside) hold(path, now + kMovedAside);
    for (const std::string& path : plan.renamed) hold(path, now);
    for (const std::string& path : plan.attributes) {
      if (files_.unreadable(path)) read(path);
    }
    for (const std::string& path : plan.read) read(path);
  }

  void hold(const std::string& path, TimePoint until) {
    if (files_.contains(path) && !held_.contains(path)) held_.hold(path, until);
  }

  void read(const std::string& path) {
    if (!files_.refresh(path)) return hold(path, Clock::now() + kGone);
    held_.release(path);
    std::erase_if(scan_.errors, [&](const Issue& issue) { return *issue.location.file == path; });
  }

  /// A file that is there again but was not read has a writer, and is read when that one is done.
  void finish_held(TimePoint now) {
    bool any_gone = false;
    for (const std::string& path : held_.take_due(now)) {
      if (!is_there(path)) any_gone = files_.erase(path) || any_gone;
    }
    // A root that is gone is an error from now on, and what is waited for is another directory.
    if (any_gone) rescan_if_root_is_gone(now);
  }

  void rescan_if_root_is_gone(TimePoint now) {
    const bool gone =
        std::ranges::any_of(roots_, [](const std::string& root) { return root != kStandardInput && !is_there(root); });
    if (gone) scan({}, now);
  }

  SourceUpdate collect() {
    SourceUpdate update = files_.take();
    for (const Issue& issue : scan_.errors) {
      if (!held_.contains(*issue.location.file)) update.errors.push_back(issue);
    }
    append(update.errors, table_.errors());
    sort_issues(update.errors);
    std::string said;
    for (const auto* issues : {&update.errors, &update.notices}) {
      for (const Issue& issue : *issues) said += issue.to_string() + '\n';
      said += '\n';
    }
    update.any_change = !update.upserted.empty() || !update.removed.empty() || said != said_;
    said_ = std::move(said);
    return update;
  }

  std::vector<std::string> roots_;
  std::unique_ptr<Watch> watch_;
  WatchTable table_;
  FileSet files_;
  Held held_;
  Scan scan_;
  std::vector<std::string> streams_;
  std::string said_;  // errors and notices of the last update
  bool scanned_{};
  bool reload_{};
};

}  // namespace

Result<std::unique_ptr<Source>> watch_files(const std::vector<std::string>& paths) {
  auto watch = Watch::open();
  if (!watch) return watch.error();
  return std::unique_ptr<Source>(std::make_unique<FileSource>(normalized(paths), std::move(*watch)));
}

SourceUpdate load_files(const std::vector<std::string>& paths) {
  const auto roots = normalized(paths);
  const Scan scan = scan_all(roots, [](const std::string&, Interest) {});
  FileSet files;
  read_streams(roots, scan, files);
  for (const std::string& path : scan.files) files.refresh(path);
  SourceUpdate update = files.take();
  append(update.errors, scan.errors);
  sort_issues(update.errors);
  update.any_change = true;
  return update;
}

}  // namespace naru::config
