#include "runtime/cgroup.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace naru::runtime {
namespace {

namespace fs = std::filesystem;

// Where nft looks for control groups, whatever the host's hierarchies are called.
constexpr const char* kNftRoot = "/sys/fs/cgroup";

/// Empty: there is none.
fs::path root_of_version_2(const std::string& mounts) {
  std::istringstream lines(mounts);
  std::string device;
  std::string place;
  std::string type;
  for (std::string rest; lines >> device >> place >> type && std::getline(lines, rest);) {
    if (type == "cgroup2") return place;
  }
  return {};
}

}  // namespace

Result<CgroupSelector> cgroup_selector(const std::string& path, const std::string& mounts) {
  const fs::path root = root_of_version_2(mounts);
  if (root.empty()) return Error{Errc::unavailable, "no hierarchy of control groups of version 2 is mounted"};
  const fs::path given(path);
  const fs::path below =
      (given.is_absolute() && *given.lexically_relative(root).begin() != ".." ? given.lexically_relative(root)
                                                                              : given.relative_path())
          .lexically_normal();
  std::vector<fs::path> parts;
  for (const fs::path& part : below) {
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  if (parts.empty() || parts.front() == "..") {
    return Error{Errc::bad_input, fmt::format("{}: is no control group below {}", path, root.string())};
  }
  fs::path full = root;
  for (const fs::path& part : parts) full /= part;
  return CgroupSelector{full.lexically_relative(kNftRoot).string(), static_cast<unsigned>(parts.size())};
}

Result<CgroupSelector> find_cgroup(const std::string& path) {
  std::ifstream file("/proc/self/mounts");
  auto found = cgroup_selector(path, {std::istreambuf_iterator<char>(file), {}});
  std::error_code ignored;
  if (found && !fs::is_directory(fs::path(kNftRoot) / found->path, ignored)) {
    return Error{Errc::not_found, fmt::format("{}: there is no such control group", path)};
  }
  return found;
}

}  // namespace naru::runtime
