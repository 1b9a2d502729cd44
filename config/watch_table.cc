#include "config/watch_table.h"

#include <sys/inotify.h>

#include <utility>

namespace naru::config {
namespace {

constexpr std::uint32_t kItself = IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kEntries =
    kItself | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB;

}  // namespace

void WatchTable::begin() {
  before_ = std::exchange(watched_, {});
  by_path_.clear();
  errors_.clear();
}

void WatchTable::watch(const std::string& directory, Interest interest) {
  const auto added = watch_.add(directory, interest == Interest::entries ? kEntries : kItself);
  if (added) {
    watched_.try_emplace(*added);
    by_path_[directory] = *added;
  } else if (interest == Interest::entries && added.error().code != Errc::not_found) {
    errors_.push_back({{Origin(directory, 0), 0}, {}, {}, added.error().message});
  }
}

void WatchTable::end(const Scan& scan) {
  trees_ = {scan.trees.begin(), scan.trees.end()};
  for (const std::string& tree : scan.trees) {
    if (const auto at = by_path_.find(tree); at != by_path_.end()) watched_[at->second].trees.push_back(tree);
  }
  for (const Link& link : scan.links) {
    const auto at = by_path_.find(link.directory);
    if (at != by_path_.end())
      watched_[at->second].links.emplace(link.name,
                                         Owner{link.owner, join_path(link.directory, link.name), link.is_last});
  }
  for (const auto& [watch, watched] : before_) {
    if (!watched_.contains(watch)) watch_.remove(watch);
  }
  before_.clear();
}

const WatchTable::Watched* WatchTable::find(int watch) const {
  const auto at = watched_.find(watch);
  return at == watched_.end() ? nullptr : &at->second;
}

}  // namespace naru::config
