// HTTP/2 connections from one worker to one endpoint: as few as the streams need.
#pragma once

#include "proxy/http/h2_backend.h"

namespace naru::proxy {

class H2Upstream {
 public:
  explicit H2Upstream(Upstream& upstream) : upstream_(upstream) {}
  ~H2Upstream();
  H2Upstream(const H2Upstream&) = delete;
  H2Upstream& operator=(const H2Upstream&) = delete;

  /// A stream on a connection that has room for one, or on a new connection. Errors as H2Backend::connect().
  [[nodiscard]] Result<BackendStream*> open(Transaction& transaction);
  /// The endpoint is not to be used any more: unused connections end now, the others with their last request.
  void retire();
  [[nodiscard]] bool unused() const { return connections_.empty() && leaving_.empty(); }

  /// From an H2Backend: its connection has ended, but something that came on it is still to be passed on.
  void leaving(H2Backend& backend);
  /// From an H2Backend: it has left the lists.
  void gone();
  [[nodiscard]] Upstream& upstream() const { return upstream_; }

 private:
  Upstream& upstream_;
  H2Backends connections_;  // the ones used first at the front, so that those at the back may become idle and end
  H2Backends leaving_;
};

}  // namespace naru::proxy
