#include "config/scan.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.h"

namespace naru::config {
namespace {

using FileId = std::pair<dev_t, ino_t>;

struct Closer {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

std::optional<struct stat> look(const std::string& path, bool follow) {
  struct stat status {};
  const int result = follow ? ::stat(path.c_str(), &status) : ::lstat(path.c_str(), &status);
  return result == 0 ? std::optional(status) : std::nullopt;
}

std::optional<std::string> target_of(const std::string& link) {
  std::array<char, PATH_MAX> buffer;
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

/// Goes down one path component by component, as the kernel does, and notes what it depends on.
class Trail {
 public:
  Trail(const std::string& path, const OnDirectory& on_directory, Scan& scan)
      : owner_(path), on_directory_(on_directory), scan_(scan) {
    prepend(path);
  }

  void walk() {
    constexpr int kMostSteps = 400;  // symbolic links may go in circles
    for (int i = 0; i < kMostSteps && !rest_.empty(); ++i) {
      const std::string name = std::move(rest_.front());
      rest_.pop_front();
      if (!step(name)) return;
    }
  }

 private:
  void prepend(std::string_view path) {
    if (path.starts_with('/')) at_.assign(1, '/');
    std::deque<std::string> parts;
    for (const std::string_view part : split(path, '/')) {
      if (!part.empty() && part != ".") parts.emplace_back(part);
    }
    rest_.insert(rest_.begin(), parts.begin(), parts.end());
  }

  [[nodiscard]] std::string here() const { return at_.empty() ? "." : at_; }

  void depend_on(const std::string& name, bool is_last) {
    on_directory_(here(), Interest::entries);
    scan_.links.push_back({here(), name, owner_, is_last});
  }

  /// False where the way ends: at a file, or because there is nothing.
  bool step(const std::string& name) {
    const std::string path = join_path(at_, name);
    const auto status = look(path, false);
    if (!status) return depend_on(name, rest_.empty()), false;
    if (S_ISLNK(status->st_mode)) {
      depend_on(name, rest_.empty());
      const auto target = target_of(path);
      if (target) prepend(*target);
      return target.has_value();
    }
    if (!S_ISDIR(status->st_mode)) return depend_on(name, rest_.empty()), false;
    at_ = path;
    on_directory_(at_, Interest::itself);
    return true;
  }

  const std::string& owner_;
  const OnDirectory& on_directory_;
  Scan& scan_;
  std::string at_;  // empty: the working directory
  std::deque<std::string> rest_;
};

class Scanner {
 public:
  Scanner(const OnDirectory& on_directory, Scan& scan) : on_directory_(on_directory), scan_(scan) {}

  void root(const std::string& path) {
    trail(path);
    const auto status = look(path, true);
    if (!status) return fail(path, errno);
    if (S_ISDIR(status->st_mode)) return tree(path, {status->st_dev, status->st_ino});
    (S_ISREG(status->st_mode) ? scan_.files : scan_.streams).push_back(path);
  }

 private:
  void trail(const std::string& path) { Trail(path, on_directory_, scan_).walk(); }

  void fail(const std::string& path, int error) {
    scan_.errors.push_back({{Origin(path, 0), 0}, {}, {}, fmt::format("cannot be read: {}", std::strerror(error))});
  }

  void tree(const std::string& path, FileId id) {
    if (std::ranges::find(above_, id) != above_.end()) return;  // a symbolic link to a directory that it is in
    above_.push_back(id);
    on_directory_(path, Interest::entries);
    scan_.trees.push_back(path);
    for (const std::string& name : names_in(path)) entry(path, name);
    above_.pop_back();
  }

  /// Sorted. Hidden ones are left out: among them are what editors and Kubernetes' volumes keep for themselves.
  std::vector<std::string> names_in(const std::string& path) {
    const std::unique_ptr<DIR, Closer> directory(::opendir(path.c_str()));
    std::vector<std::string> names;
    if (!directory) return fail(path, errno), names;
    while (const dirent* each = ::readdir(directory.get())) {
      if (each->d_name[0] != '.') names.emplace_back(each->d_name);
    }
    std::ranges::sort(names);
    return names;
  }

  void entry(const std::string& directory, const std::string& name) {
    const std::string path = join_path(directory, name);
    auto status = look(path, false);
    if (!status) return;  // gone since its name was read
    const bool is_link = S_ISLNK(status->st_mode);
    if (is_link) {
      trail(path);
      status = look(path, true);
      if (!status && is_object_file(name)) return fail(path, errno);
      if (!status) return;
    }
    if (S_ISDIR(status->st_mode)) return tree(path, {status->st_dev, status->st_ino});
    if (S_ISREG(status->st_mode) && is_object_file(name)) scan_.files.push_back(path);
  }

  const OnDirectory& on_directory_;
  Scan& scan_;
  std::vector<FileId> above_;  // the directories that are being looked into
};

}  // namespace

std::string join_path(const std::string& directory, std::string_view name) {
  if (directory.empty() || directory == ".") return std::string(name);
  return fmt::format("{}{}{}", directory, directory.ends_with('/') ? "" : "/", name);
}

void scan_root(const std::string& root, const OnDirectory& on_directory, Scan& scan) {
  Scanner(on_directory, scan).root(root);
}

bool is_object_file(std::string_view name) {
  if (name.starts_with('.') || name.starts_with('#')) return false;
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

}  // namespace naru::config
