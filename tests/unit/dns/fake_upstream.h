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
/// UDP), "gone" does not exist, "none" does not by its zone's SOA, "silent" gets no answer, "broken" SERVFAIL. Lies
/// over UDP: "forged" is the answer to another question, "wrongid" to another query, "wrongport" comes from elsewhere,
/// "cut" ends within a record, "garbage" is none of DNS, "lower" does not keep the case of letters. "old" gets FORMERR
/// for a query with EDNS. Runs in a thread of its own until destroyed.
class FakeUpstream {
 public:
  /// `last` distinguishes its addresses: 192.0.2.<last>.
  FakeUpstream(std::string_view address, std::uint8_t last) : last_(last) {
    const SocketAddress any{*IpAddress::parse(address), Port()};
    udp_ = std::move(runtime::bind_udp(any, 1 << 20).value());
    elsewhere_ = std::move(runtime::bind_udp(any, 1 << 20).value());
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
  /// Takes questions, and says nothing.
  void mute(bool muted) { muted_ = muted; }

  /// What it was asked, over UDP, but for what naru asks for its own sake.
  struct Seen {
    std::size_t queries{};
    std::size_t checks{};  // ". NS"
    std::size_t tcp{};     // over TCP
    std::size_t without_edns{};
    std::size_t with_options{};  // of EDNS: client subnet, cookies
    std::set<Port> ports;
    std::set<std::string> names;  // as written
  };
  [[nodiscard]] Seen seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  [[nodiscard]] std::size_t queries() const { return seen().queries; }

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
      const auto query = std::span(message).first(static_cast<std::size_t>(got));
      note(query, from.address().port);
      const Bytes reply = muted_ ? Bytes() : answer_to(query, false);
      const bool lies = first_label(query) == "wrongport";
      const int fd = lies ? elsewhere_.get() : udp_.get();
      if (!reply.empty()) ::sendto(fd, reply.data(), reply.size(), 0, from.get(), from.size);
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
    {
      const std::lock_guard lock(mutex_);
      ++seen_.tcp;
    }
    Bytes reply = answer_to(std::span(message).subspan(2, size - 2), true);
    const Bytes length{static_cast<std::uint8_t>(reply.size() >> 8), static_cast<std::uint8_t>(reply.size())};
    reply.insert(reply.begin(), length.begin(), length.end());
    ::send(fd.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
  }

  void note(std::span<const std::uint8_t> message, Port port) {
    Query query;
    if (parse_query(message, query) != QueryFault::none) return;
    const std::lock_guard lock(mutex_);
    if (query.type == Type::ns && query.name.size() == 1) ++seen_.checks;
    if (query.type == Type::hinfo || query.type == Type::ns) return;
    ++seen_.queries;
    seen_.ports.insert(port);
    const auto name = query.name.written();
    seen_.names.insert(presentation({reinterpret_cast<const char*>(name.data()), name.size()}));
    if (!query.edns.present) ++seen_.without_edns;
    if (query.edns.present && message.size() > query.question_end + kOptSize) ++seen_.with_options;
  }

  static std::string first_label(std::span<const std::uint8_t> message) {
    Query query;
    if (parse_query(message, query) != QueryFault::none) return {};
    const std::string name = presentation(query.name.lower());
    return name.substr(0, name.find('.'));
  }

  [[nodiscard]] Bytes answer_to(std::span<const std::uint8_t> message, bool tcp) const {
    Query query;
    if (parse_query(message, query) != QueryFault::none) return {};
    const std::string label = first_label(message);
    if (label == "silent") return {};
    if (label == "garbage" && !tcp) return Bytes{message[0], message[1], 0x80, 0, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8};
    Bytes reply(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(query.question_end));
    reply[2] = static_cast<std::uint8_t>(reply[2] | 0x80);
    reply[3] = 0x80;
    reply[10] = reply[11] = 0;
    if (label == "forged") reply[13] = 'x';
    if (label == "wrongid") reply[1] ^= 1;
    if (label == "broken") reply[3] |= 2;
    if (label == "gone" || label == "none") reply[3] |= 3;
    if (label == "big" && !tcp) reply[2] |= 2;
    if (label == "lower") lower_case(&message[12], query.name.size(), reinterpret_cast<char*>(&reply[12]));
    if (label == "old" && query.edns.present) {
      reply[3] |= 1;
      return reply;
    }
    const bool one =
        std::set<std::string>{"www", "forged", "wrongid", "wrongport", "cut", "lower", "old"}.contains(label);
    const int count = one ? 1 : label == "big" && tcp ? 60 : 0;
    reply[7] = static_cast<std::uint8_t>(count);
    for (int i = 0; i < count; ++i) {
      put(reply, 0xc00c);
      for (const std::size_t value : {1U, 1U, 0U, 300U, 4U}) put(reply, value);
      reply.insert(reply.end(), {192, 0, static_cast<std::uint8_t>(2 + i), last_});
    }
    if (label == "cut" && !tcp) {
      reply.resize(reply.size() - 3);
      return reply;
    }
    if (label == "none") append_soa(reply);
    if (query.edns.present) {
      reply[11] = 1;
      put_opt(reply, 1232);
    }
    return reply;
  }

  static void append_soa(Bytes& reply) {
    reply[9] = 1;
    put_name(reply, "com");
    for (const std::size_t value : {6U, 1U, 0U, 300U, 22U}) put(reply, value);
    reply.insert(reply.end(), 2, 0);  // MNAME and RNAME: the root
    for (const std::size_t value : {0U, 1U, 0U, 2U, 0U, 3U, 0U, 4U, 0U, 60U}) put(reply, value);
  }

  std::uint8_t last_;
  runtime::UniqueFd udp_;
  runtime::UniqueFd elsewhere_;
  runtime::UniqueFd tcp_;
  SocketAddress address_;
  mutable std::mutex mutex_;
  Seen seen_;
  std::atomic<bool> muted_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace naru::dns::test
