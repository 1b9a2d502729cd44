// A name server of a few names, that can misbehave, for the tests of forwarding.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "runtime/socket.h"
#include "tests/unit/dns/wire_text.h"

namespace naru::dns::test {

/// What it says depends on the first label of the name asked for: "www" has an address, "big" has 60 (too many for
/// UDP), "gone" does not exist, "silent" gets no answer, "broken" SERVFAIL, "forged" the answer to another question.
/// Runs in a thread of its own until destroyed.
class FakeUpstream {
 public:
  /// `last` distinguishes its addresses: 192.0.2.<last>.
  FakeUpstream(std::string_view address, std::uint8_t last) : last_(last) {
    const SocketAddress any{*IpAddress::parse(address), Port()};
    udp_ = std::move(runtime::bind_udp(any, 1 << 20).value());
    runtime::KernelAddress bound;
    ::getsockname(udp_.get(), bound.get(), &bound.size);
    address_ = bound.address();
    tcp_ = std::move(runtime::listen_tcp(address_).value());
    thread_ = std::thread([this] { run(); });
  }
  ~FakeUpstream() {
    stopping_ = true;
    thread_.join();
  }

  [[nodiscard]] const SocketAddress& address() const { return address_; }
  [[nodiscard]] std::size_t queries() const {
    const std::lock_guard lock(mutex_);
    return queries_;
  }
  [[nodiscard]] std::size_t ports() const {
    const std::lock_guard lock(mutex_);
    return ports_.size();
  }

 private:
  void run() {
    while (!stopping_) {
      pollfd fds[2] = {{udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
      if (::poll(fds, 2, 10) <= 0) continue;
      if (fds[0].revents != 0) serve_udp();
      if (fds[1].revents != 0) serve_tcp();
    }
  }

  void serve_udp() {
    Bytes message(4096);
    runtime::KernelAddress from;
    for (;;) {
      from.size = sizeof from.storage;
      const auto got = ::recvfrom(udp_.get(), message.data(), message.size(), 0, from.get(), &from.size);
      if (got < 0) return;
      {
        const std::lock_guard lock(mutex_);
        ++queries_;
        ports_.insert(from.address().port);
      }
      const Bytes reply = answer_to(std::span(message).first(static_cast<std::size_t>(got)), false);
      if (!reply.empty()) ::sendto(udp_.get(), reply.data(), reply.size(), 0, from.get(), from.size);
    }
  }

  // One query per connection will do; blocking, for it is short.
  void serve_tcp() {
    const runtime::UniqueFd fd(::accept(tcp_.get(), nullptr, nullptr));
    Bytes message(4096);
    std::size_t size = 0;
    while (size < 2 || size < 2U + get16(message, 0)) {
      const auto got = ::recv(fd.get(), message.data() + size, message.size() - size, 0);
      if (got <= 0) return;
      size += static_cast<std::size_t>(got);
    }
    Bytes reply = answer_to(std::span(message).subspan(2, size - 2), true);
    const Bytes length{static_cast<std::uint8_t>(reply.size() >> 8), static_cast<std::uint8_t>(reply.size())};
    reply.insert(reply.begin(), length.begin(), length.end());
    ::send(fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
  }

  [[nodiscard]] Bytes answer_to(std::span<const std::uint8_t> message, bool tcp) const {
    Query query;
    if (parse_query(message, query) != QueryFault::none) return {};
    const std::string name = presentation(query.name.lower());
    const std::string label = name.substr(0, name.find('.'));
    if (label == "silent") return {};
    Bytes reply(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(query.question_end));
    reply[2] = static_cast<std::uint8_t>(reply[2] | 0x80);
    reply[3] = 0x80;
    reply[10] = reply[11] = 0;
    if (label == "forged") reply[13] = 'x';
    if (label == "broken") reply[3] |= 2;
    if (label == "gone") reply[3] |= 3;
    if (label == "big" && !tcp) reply[2] |= 2;
    const int count = label == "www" || label == "forged" ? 1 : label == "big" && tcp ? 60 : 0;
    reply[7] = static_cast<std::uint8_t>(count);
    for (int i = 0; i < count; ++i) {
      put(reply, 0xc00c);
      for (const std::size_t value : {1U, 1U, 0U, 300U, 4U}) put(reply, value);
      reply.insert(reply.end(), {192, 0, static_cast<std::uint8_t>(2 + i), last_});
    }
    if (query.edns.present) {
      reply[11] = 1;
      put_opt(reply, 1232);
    }
    return reply;
  }

  std::uint8_t last_;
  runtime::UniqueFd udp_;
  runtime::UniqueFd tcp_;
  SocketAddress address_;
  mutable std::mutex mutex_;
  std::size_t queries_{0};
  std::set<Port> ports_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace naru::dns::test
