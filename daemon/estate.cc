#include "daemon/estate.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <utility>

#include "runtime/message_socket.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

// Of a message: far below the bounds of runtime::send_message, at less than 300 bytes an item.
constexpr std::size_t kItems = 150;
constexpr std::int64_t kMostWorkers = 1024;

std::int64_t nanoseconds(TimePoint time) {
  return time.time_since_epoch().count();
}

json::object to_json(const proxy::FrontendKey& key) {
  return {{"address", key.address.to_string()}, {"protocol", to_string(key.protocol)}};
}

/// Collects items and their descriptors into messages.
class Sender {
 public:
  explicit Sender(int fd) : fd_(fd) {}

  void add(json::object item, int fd = -1) {
    items_.emplace_back(std::move(item));
    if (fd >= 0) fds_.push_back(fd);
    if (items_.size() == kItems) flush();
  }
  Result<void> finish() {
    add({{"kind", "end"}});
    flush();
    return result_;
  }

 private:
  void flush() {
    if (!items_.empty() && result_) result_ = runtime::send_message(fd_, json::serialize(items_), fds_);
    items_.clear();
    fds_.clear();
  }

  int fd_;
  json::array items_;
  std::vector<int> fds_;
  Result<void> result_{};
};

void send_legacy(Sender& sender, const proxy::Legacy& legacy, std::size_t worker) {
  for (const auto& listener : legacy.listeners) {
    json::object item = to_json(listener.key);
    item["kind"] = "listener";
    item["worker"] = worker;
    sender.add(std::move(item), listener.fd.get());
  }
  for (const auto& flow : legacy.flows) {
    json::object item = to_json(flow.frontend);
    item["kind"] = "flow";
    item["worker"] = worker;
    item["client"] = flow.client.to_string();
    item["endpoint"] = flow.endpoint.to_string();
    sender.add(std::move(item));
  }
  for (const auto& known : legacy.affinity) {
    sender.add({{"kind", "affinity"},
                {"worker", worker},
                {"client", known.client.to_string()},
                {"address", known.address.to_string()},
                {"endpoint", known.endpoint.to_string()},
                {"at", nanoseconds(known.at)}});
  }
}

// ---- reading ----

struct Bad {};  // not what we send: caught where messages are read

std::string text(const json::object& item, const char* field) {
  const auto* value = item.if_contains(field);
  if (value == nullptr || !value->is_string()) throw Bad{};
  return json::value_to<std::string>(*value);
}

std::int64_t number(const json::object& item, const char* field) {
  const auto* value = item.if_contains(field);
  if (value == nullptr || !value->is_int64()) throw Bad{};
  return value->as_int64();
}

template <class T>
T parsed(const json::object& item, const char* field) {
  auto value = T::parse(text(item, field));
  if (!value) throw Bad{};
  return *value;
}

proxy::FrontendKey key_of(const json::object& item) {
  const std::string protocol = text(item, "protocol");
  for (const Protocol known : {Protocol::tcp, Protocol::udp}) {
    if (protocol == to_string(known)) return {parsed<SocketAddress>(item, "address"), known};
  }
  throw Bad{};
}

/// Fills an Estate item by item; descriptors come in the order of the items that have one.
class Reader {
 public:
  [[nodiscard]] bool ended() const { return ended_; }
  Estate take() { return std::move(estate_); }

  void read(runtime::Message message) {
    json::error_code failed;
    const json::value items = json::parse(message.text, failed);
    if (failed || !items.is_array()) throw Bad{};
    fds_ = std::move(message.fds);
    next_fd_ = 0;
    for (const json::value& item : items.as_array()) {
      if (!item.is_object()) throw Bad{};
      read(item.as_object());
    }
  }

 private:
  void read(const json::object& item) {
    const std::string kind = text(item, "kind");
    if (kind == "end") {
      ended_ = true;
    } else if (kind == "workers") {
      const std::int64_t count = number(item, "count");
      if (count < 1 || count > kMostWorkers) throw Bad{};
      estate_.proxies.resize(static_cast<std::size_t>(count));
    } else if (kind == "listener") {
      legacy(item).listeners.push_back({key_of(item), next_fd()});
    } else if (kind == "flow") {
      legacy(item).flows.push_back(
          {key_of(item), parsed<SocketAddress>(item, "client"), parsed<SocketAddress>(item, "endpoint")});
    } else if (kind == "affinity") {
      legacy(item).affinity.push_back({{},
                                       parsed<IpAddress>(item, "client"),
                                       parsed<SocketAddress>(item, "address"),
                                       parsed<SocketAddress>(item, "endpoint"),
                                       TimePoint(Duration(number(item, "at")))});
    } else if (kind == "dns") {
      const auto key = key_of(item);
      const auto transport = key.protocol == Protocol::udp ? dns::Transport::udp : dns::Transport::tcp;
      estate_.dns.push_back({{key.address, transport}, next_fd(), item.contains("held") && item.at("held") == true});
    } else if (kind == "http") {
      estate_.http.push_back({parsed<SocketAddress>(item, "address"), next_fd()});
    } else if (kind == "ejection") {
      estate_.ejections.push_back({{text(item, "namespace"), text(item, "service")},
                                   text(item, "port"),
                                   parsed<SocketAddress>(item, "endpoint"),
                                   TimePoint(Duration(number(item, "until")))});
    }  // what a later version gives besides is left alone
  }

  proxy::Legacy& legacy(const json::object& item) {
    const std::int64_t worker = number(item, "worker");
    if (worker < 0 || static_cast<std::size_t>(worker) >= estate_.proxies.size()) throw Bad{};
    return estate_.proxies[static_cast<std::size_t>(worker)];
  }

  runtime::UniqueFd next_fd() {
    if (next_fd_ >= fds_.size()) throw Bad{};
    return std::move(fds_[next_fd_++]);
  }

  Estate estate_;
  std::vector<runtime::UniqueFd> fds_;
  std::size_t next_fd_{0};
  bool ended_{false};
};

}  // namespace

Result<void> send_estate(int fd, const Estate& estate) {
  Sender sender(fd);
  sender.add({{"kind", "workers"}, {"count", estate.proxies.size()}});
  for (std::size_t worker = 0; worker < estate.proxies.size(); ++worker) {
    send_legacy(sender, estate.proxies[worker], worker);
  }
  for (const auto& socket : estate.dns) {
    const auto protocol = socket.key.transport == dns::Transport::udp ? Protocol::udp : Protocol::tcp;
    json::object item = to_json(proxy::FrontendKey{socket.key.address, protocol});
    item["kind"] = "dns";
    item["held"] = socket.held;
    sender.add(std::move(item), socket.fd.get());
  }
  for (const auto& socket : estate.http) {
    sender.add({{"kind", "http"}, {"address", socket.address.to_string()}}, socket.fd.get());
  }
  for (const auto& ejection : estate.ejections) {
    sender.add({{"kind", "ejection"},
                {"namespace", ejection.service.name_space},
                {"service", ejection.service.name},
                {"port", ejection.port_name},
                {"endpoint", ejection.endpoint.to_string()},
                {"until", nanoseconds(ejection.until)}});
  }
  return sender.finish();
}

Result<Estate> receive_estate(int fd) {
  Reader reader;
  try {
    while (!reader.ended()) {
      auto message = runtime::receive_message(fd);
      if (!message) return message.error();
      reader.read(std::move(*message));
    }
  } catch (const Bad&) {
    return Error{Errc::bad_input, "the other process speaks another language: is it a naru of another version?"};
  }
  return reader.take();
}

}  // namespace naru::daemon
