// The DNS server of one worker.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "dns/listen_key.h"
#include "dns/metrics.h"
#include "dns/options.h"
#include "dns/zone.h"
#include "runtime/reactor.h"
#include "runtime/unique_fd.h"

namespace naru::dns {

/// What a worker tells the control thread. Called on the worker's thread: the receiver posts.
struct Reports {
  /// An address could not be opened, and all else goes on. It is retried by retry_failed(). Told once per failure;
  /// std::nullopt when an address is open.
  std::function<void(const ListenKey&, std::optional<Error>)> on_listen_result;
};

/// A duplicate: the same socket, with the same queue.
struct SharedSocket {
  ListenKey key;
  runtime::UniqueFd fd;
  bool held{};  // a third one keeps it open too
};

/// All calls on the worker's thread, within its Reactor's loop; metrics() from any.
class WorkerDns {
 public:
  /// Listens at once; until the first apply() names of ours are answered with SERVFAIL. An address where somebody else
  /// listens already is left to them until then. Held sockets are left alone until then too, if it does not take long:
  /// what waits there is to be answered, and before names are known it could not be.
  WorkerDns(runtime::Reactor& reactor, WorkerOptions options, Reports reports);
  ~WorkerDns();

  /// Answers from `zone` from now on. An older generation than the one in force is ignored.
  void apply(std::uint64_t generation, Zone zone);

  /// For naru itself: as Serving::look_up().
  void look_up(std::span<const std::uint8_t> query, std::function<void(std::span<const std::uint8_t> reply)> on_reply);

  /// Cookies are made with these from now on.
  void set_cookie_secrets(const CookieSecrets& secrets);

  /// Tries again to open the addresses that failed.
  void retry_failed();

  /// Its sockets, for another process to serve them too.
  [[nodiscard]] std::vector<SharedSocket> share() const;
  /// Another process does: as drain(), but the sockets are left as they are.
  void hand_over(std::function<void()> on_drained);

  /// Stops listening, after answering what is queued; TCP connections and queries to upstreams are finished. Until it
  /// is called everything is answered, so a lame duck just waits before. What comes to held sockets from then on stays
  /// there, for whoever serves them next. `on_drained` is called once nothing is left.
  void drain(std::function<void()> on_drained);

  /// Addresses that are open now, with the ports they got.
  [[nodiscard]] std::vector<ListenKey> listeners() const;
  [[nodiscard]] std::size_t tcp_connections() const;
  [[nodiscard]] const Metrics& metrics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace naru::dns
