#include "config/change_plan.h"

#include <sys/inotify.h>

namespace naru::config {
namespace {

constexpr std::uint32_t kArrived = IN_CLOSE_WRITE | IN_MOVED_TO;
constexpr std::uint32_t kLeft = IN_DELETE | IN_MOVED_FROM;

class Planner {
 public:
  Planner(const std::vector<WatchEvent>& events, const WatchTable& table,
          const std::function<PathKind(const std::string&)>& kind_of)
      : events_(events), table_(table), kind_of_(kind_of) {}

  ChangePlan plan() {
    for (const WatchEvent& event : events_) {
      if ((event.mask & IN_MOVED_TO) != 0) moved_to_.emplace(event.cookie, &event);
    }
    for (const WatchEvent& event : events_) take(event);
    return std::move(plan_);
  }

 private:
  void take(const WatchEvent& event) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      plan_.scan = plan_.read_all = true;
      return;
    }
    const auto* watched = table_.find(event.watch);
    if (watched == nullptr) return;
    if (event.name.empty()) return directory_itself(event, *watched);
    for (const std::string& tree : watched->trees) in_tree(event, join_path(tree, event.name));
    const auto [first, last] = watched->links.equal_range(event.name);
    for (auto at = first; at != last; ++at) on_link(event, at->second);
  }

  void directory_itself(const WatchEvent& event, const WatchTable::Watched& watched) {
    plan_.scan = true;
    plan_.read_below.insert(watched.trees.begin(), watched.trees.end());
    if (watched.trees.empty() && (event.mask & IN_ATTRIB) == 0)
      plan_.read_all = true;  // it was on the way to something
  }

  void in_tree(const WatchEvent& event, const std::string& path) {
    if (event.name.starts_with('.')) return;
    if ((event.mask & IN_ISDIR) != 0) {
      plan_.scan = true;
      if ((event.mask & (kArrived | IN_CREATE)) != 0) plan_.read_below.insert(path);
    } else if (is_object_file(event.name)) {
      on_file(event, path, path);
    } else if ((event.mask & (kArrived | kLeft | IN_CREATE)) != 0) {
      // Only a link to a directory can matter under such a name; one that goes cannot be asked any more.
      const bool arrived = (event.mask & kLeft) == 0;
      if (arrived && kind_of_(path) != PathKind::other) return;
      if (!arrived && !is_tree(path)) return;
      plan_.scan = true;
      plan_.read_below.insert(path);
    }
  }

  /// A name on the way to something changed its meaning; or it is the name of a root file, or of what a link points to.
  void on_link(const WatchEvent& event, const WatchTable::Owner& owner) {
    if (owner.is_last && (event.mask & IN_ISDIR) == 0) return on_file(event, owner.link, owner.path);
    if ((event.mask & (IN_MOVED_TO | kLeft | IN_CREATE)) == 0) return;
    plan_.scan = true;
    plan_.read_below.insert(owner.path);
  }

  /// `name` is what the event is about, `path` the file that it leads to.
  void on_file(const WatchEvent& event, const std::string& name, const std::string& path) {
    if ((event.mask & kLeft) != 0) return left(event, path);
    if ((event.mask & IN_ATTRIB) != 0) plan_.attributes.insert(path);
    if ((event.mask & (kArrived | IN_CREATE)) == 0) return;
    const PathKind kind = kind_of_(name);
    const bool whole = (event.mask & kArrived) != 0 || kind == PathKind::linked_file;
    if (kind == PathKind::other) {  // a link: what it leads to must be followed
      plan_.scan = true;
      plan_.read_below.insert(path);
    } else if (kind != PathKind::none && whole) {
      plan_.read.insert(path);
    }
  }

  void left(const WatchEvent& event, const std::string& path) {
    const auto to = (event.mask & IN_MOVED_FROM) != 0 ? moved_to_.find(event.cookie) : moved_to_.end();
    if (to == moved_to_.end()) {
      plan_.gone.insert(path);
    } else {
      (is_object_file(to->second->name) ? plan_.renamed : plan_.moved_aside).insert(path);
    }
  }

  [[nodiscard]] bool is_tree(const std::string& path) const { return table_.has_tree(path); }

  const std::vector<WatchEvent>& events_;
  const WatchTable& table_;
  const std::function<PathKind(const std::string&)>& kind_of_;
  std::map<std::uint32_t, const WatchEvent*> moved_to_;
  ChangePlan plan_;
};

}  // namespace

ChangePlan plan_changes(const std::vector<WatchEvent>& events, const WatchTable& table,
                        const std::function<PathKind(const std::string&)>& kind_of) {
  return Planner(events, table, kind_of).plan();
}

}  // namespace naru::config
