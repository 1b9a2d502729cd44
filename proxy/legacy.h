// What one naru leaves to the next, so that an upgrade loses nothing.
#pragma once

#include <unordered_map>
#include <vector>

#include "proxy/worker_proxy.h"
#include "runtime/unique_fd.h"

namespace naru::proxy {

/// The listening socket of a frontend. As a duplicate it is the same socket, with the same queue: whoever holds one may
/// accept, and nothing queued is lost while anybody does.
struct SharedListener {
  FrontendKey key;
  runtime::UniqueFd fd;
};

/// Which endpoint a client's datagrams go to.
struct KnownFlow {
  FrontendKey frontend;
  SocketAddress client;
  SocketAddress endpoint;
};

/// Of one worker. TimePoints are the system's monotonic clock, which both processes read.
struct Legacy {
  std::vector<SharedListener> listeners;
  std::vector<KnownFlow> flows;
  std::vector<LearnedAffinity> affinity;  // the Service port's number is the giver's own: the address tells which it is
};

/// What a worker took over and has not used yet. Confined to it.
class Inherited {
 public:
  void take(Legacy legacy);
  /// The socket of `key`, once; none if there is none.
  [[nodiscard]] runtime::UniqueFd listener(const FrontendKey& key);
  /// Where the client's datagrams went, once.
  [[nodiscard]] std::optional<SocketAddress> endpoint(const FrontendKey& frontend, const SocketAddress& client);
  void forget_listeners() { listeners_.clear(); }
  void forget_flows() { flows_.clear(); }

 private:
  struct FlowKey {
    FrontendKey frontend;
    SocketAddress client;
    friend bool operator==(const FlowKey&, const FlowKey&) = default;
  };
  struct FlowKeyHash {
    std::size_t operator()(const FlowKey& key) const {
      return combine(FrontendKeyHash{}(key.frontend), hash_value(key.client));
    }
  };

  std::unordered_map<FrontendKey, runtime::UniqueFd, FrontendKeyHash> listeners_;
  std::unordered_map<FlowKey, SocketAddress, FlowKeyHash> flows_;
};

}  // namespace naru::proxy
