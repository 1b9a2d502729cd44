#include "daemon/succession.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "daemon/process_setup.h"

namespace naru::daemon {

Succession::Succession(boost::asio::io_context& io, const config::Configuration& configuration, bool taking_over,
                       Owner owner)
    : configuration_(configuration),
      taking_over_(taking_over),
      take_over_(io),
      hand_over_(io, {std::move(owner.share), std::move(owner.release)}) {}

Result<void> Succession::begin() {
  if (!taking_over_) return {};
  auto estate = take_over_.begin(hand_over_path(configuration_.admin_socket));
  if (!estate) return Error{estate.error().code, "cannot take over: " + estate.error().message};
  estate_ = std::move(*estate);
  workers_ = static_cast<unsigned>(estate_.proxies.size());
  return {};
}

std::string Succession::admin_socket() const {
  return configuration_.admin_socket + (taking_over_ ? ".new" : "");
}

runtime::UniqueFd Succession::take_http(const SocketAddress& address) {
  const auto found = std::ranges::find(estate_.http, address, &HttpSocket::address);
  if (found == estate_.http.end()) return {};
  runtime::UniqueFd fd = std::move(found->fd);
  estate_.http.erase(found);
  return fd;
}

void Succession::finish(HttpServer& admin, std::function<void(Result<void>)> on_alone) {
  if (!taking_over_) {
    wait_for_the_next();
    return on_alone({});
  }
  const std::string first = admin_socket();
  take_over_.finish(first, [this, first, &admin, on_alone = std::move(on_alone)](Result<void> released) {
    if (released) released = admin.move_unix(first, configuration_.admin_socket);
    if (!released) {
      return on_alone(Error{released.error().code,
                            fmt::format("cannot take over: {}; the naru before goes on", released.error().message)});
    }
    log::info("took over: the naru before ends once its connections have");
    notify_service_manager(fmt::format("MAINPID={}", ::getpid()));
    wait_for_the_next();
    on_alone({});
  });
}

void Succession::wait_for_the_next() {
  const auto listening = hand_over_.listen(hand_over_path(configuration_.admin_socket));
  if (!listening) log::warn("no other naru can take over from this one: {}", listening.error().message);
}

}  // namespace naru::daemon
