// What every object has: its name, where it was written, and how a fault in it is reported.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace naru::config {

/// The kinds of object that naru reads. Others are skipped with a notice.
enum class Kind : std::uint8_t {
  service,
  endpoint_slice,
  endpoints,
  pod,
  node,
  name_space,
  ip_address_pool,
  service_policy,
  l2_advertisement,
  bgp_advertisement,
  bgp_peer,
  bfd_profile,
  community,
  secret,
};

[[nodiscard]] std::string_view to_string(Kind kind);  ///< "EndpointSlice", as the YAML says it

/// The file, or the document inside one, that line numbers count from. A cheap handle; empty: not from a file.
///
/// A document moves when lines are added above it. Its objects did not change by that and are not loaded again: the
/// loader moves their origin, and every location that counts from it says the new line from then on. Threads: any; one
/// thread at a time moves.
class Origin {
 public:
  Origin() = default;
  Origin(const std::string& file, int lines_before);
  /// A whole file.
  Origin(const std::shared_ptr<const std::string>& file)
      : Origin(file ? Origin(*file, 0) : Origin()) {}  // NOLINT: a file is one

  explicit operator bool() const { return state_ != nullptr; }
  const std::string& operator*() const { return state_->file; }  ///< the file's name; only if not empty
  [[nodiscard]] int lines_before() const { return state_ ? state_->lines_before.load(std::memory_order_relaxed) : 0; }
  void move_to(int lines_before) const { state_->lines_before.store(lines_before, std::memory_order_relaxed); }

 private:
  struct State {
    std::string file;
    std::atomic<int> lines_before;
  };
  std::shared_ptr<State> state_;
};

/// Where something was written. `line` counts from 1 at the origin; 0 where there is none. Lines of an object
/// (port.line, say) count from the same origin as its meta.location: `Location{meta.location.file, port.line}`.
struct Location {
  Origin file;
  int line{};

  [[nodiscard]] int line_in_file() const { return line > 0 ? file.lines_before() + line : 0; }
  [[nodiscard]] std::string to_string() const;  ///< "web.yaml:14"
};

/// What an object is called. `name_space` is empty for kinds that have none.
struct ObjectKey {
  Kind kind{};
  std::string name_space;
  std::string name;

  [[nodiscard]] std::string to_string() const;  ///< "Service shop/web"
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

/// "shop/web": what a Service is called where its kind is known. The key of everything that belongs to a Service.
struct ServiceName {
  std::string name_space;
  std::string name;

  [[nodiscard]] std::string to_string() const { return name_space + "/" + name; }
  friend auto operator<=>(const ServiceName&, const ServiceName&) = default;
};

using Labels = std::map<std::string, std::string>;

/// True if `labels` has every pair of `selector`. An empty selector selects nothing, as in a Service.
[[nodiscard]] bool selects(const Labels& selector, const Labels& labels);

struct Meta {
  std::string name;
  std::string name_space;  // "default" where a namespaced object names none
  Labels labels;
  Labels annotations;
  std::string uid;
  std::string creation_timestamp;  // RFC 3339, as written
  std::string deletion_timestamp;  // set: being deleted, gracefully
  Location location;

  [[nodiscard]] bool deleting() const { return !deletion_timestamp.empty(); }
};

/// One fault, in the one form that people and tools see:
/// `web.yaml:14: Service shop/web: spec.ports[0].port: 70000 is outside 1..65535`.
struct Issue {
  Issue() = default;
  Issue(Location where, std::string what, std::string which, std::string why)
      : location(std::move(where)), object(std::move(what)), field(std::move(which)), reason(std::move(why)) {}

  Location location;
  std::string object;  // "Service shop/web"; empty where the fault is the file's
  std::string field;   // "spec.ports[0].port"; empty where it is the object's
  std::string reason;

  [[nodiscard]] std::string to_string() const;
};

}  // namespace naru::config
