// The listening addresses of one worker, opened and closed as the table says.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "proxy/listener.h"
#include "proxy/source_filter.h"

namespace naru::proxy {

/// What the kernel is to let through to a frontend's socket; empty: everything. Who is kept out by it gets no answer at
/// all, so that a load balancer's or router's mistake costs a client a repetition, not an error.
[[nodiscard]] std::vector<sock_filter> filter_of(const Binding& binding, const Origins& origins);

/// Follows a Table: a frontend is open unless its audience is nobody.
class Frontends {
 public:
  using OpenListener = std::function<Result<std::unique_ptr<Listener>>(const Binding&)>;
  /// `open` is called with Bindings that outlive the listener.
  Frontends(const Reports& reports, OpenListener open) : reports_(reports), open_(std::move(open)) {}

  /// In time of the size of the difference between the two.
  void follow(const Table& before, const Table& after);
  void retry_failed();
  /// Closes what has nothing under way; what has remains until sweep().
  void drain();
  /// The same, where another process accepts what is queued.
  void hand_over();
  void append_shared(Legacy& legacy) const;
  void close_all() { slots_.clear(); }
  /// While draining: lets go of listeners that have nothing under way any more.
  void sweep();

  [[nodiscard]] PortEntry* find_port(ServicePortId id);
  [[nodiscard]] std::size_t connection_count() const;
  void append_records(std::vector<ConnectionRecord>& records) const;
  [[nodiscard]] std::vector<FrontendKey> open_keys() const;

 private:
  struct Slot {
    Binding binding;
    std::optional<Error> failure;        // of the last attempt to open it
    std::vector<sock_filter> filter;     // that the listener's socket has
    std::unique_ptr<Listener> listener;  // refers to `binding`, so goes first
  };
  struct Port {
    std::shared_ptr<PortEntry> entry;
    std::unordered_set<Slot*> slots;  // of the frontends in front of it
  };
  using Slots = std::unordered_map<FrontendKey, std::unique_ptr<Slot>, FrontendKeyHash>;

  void set_origins(std::shared_ptr<const Origins> origins);
  void set_port(ServicePortId id, std::shared_ptr<const ServicePort> version);
  void remove_port(ServicePortId id);
  void set_frontend(const FrontendKey& key, const Frontend& frontend);
  void remove_frontend(const FrontendKey& key);
  void settle(Slot& slot);
  void open(Slot& slot);
  void guard(Slot& slot) const;
  void close(Slot& slot);
  void report(const FrontendKey& key, std::optional<Error> failure) const;

  const Reports& reports_;
  std::shared_ptr<const Origins> origins_{std::make_shared<const Origins>()};
  bool draining_{false};  // opens nothing any more
  OpenListener open_;
  std::unordered_map<ServicePortId, Port, ServicePortIdHash> ports_;
  Slots slots_;
  std::unordered_set<Slot*> failed_;
  std::unordered_set<Slot*> unsettled_;  // changed by the follow() that is running
};

}  // namespace naru::proxy
