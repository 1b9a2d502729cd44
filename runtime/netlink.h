// One netlink conversation at a time: ask, and hear all of the answer.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "base/address.h"

namespace naru::runtime {

/// A netlink socket. One thread at a time.
class Netlink {
 public:
  /// `protocol`: whom to talk with, NETLINK_ROUTE for instance.
  explicit Netlink(int protocol = NETLINK_ROUTE) : protocol_(protocol) {}

  /// A message under construction; attributes are put with libmnl's mnl_attr_put_*.
  class Message {
   public:
    Message(std::uint16_t type, std::uint16_t flags);
    /// The family-specific header that follows the netlink one, zeroed.
    template <class Header>
    Header& put_header() {
      return *static_cast<Header*>(mnl_nlmsg_put_extra_header(header_, sizeof(Header)));
    }
    void put(std::uint16_t attribute, const IpAddress& address);
    void put(std::uint16_t attribute, std::uint32_t value) { mnl_attr_put_u32(header_, attribute, value); }
    [[nodiscard]] nlmsghdr* get() { return header_; }

   private:
    alignas(nlmsghdr) std::array<char, 512> buffer_{};
    nlmsghdr* header_;
  };

  /// Sends `message` and calls `on_reply` with each message of the answer until it is complete.
  /// Returns 0, or the errno of the system call or of the kernel's refusal.
  [[nodiscard]] int ask(Message& message, const std::function<void(const nlmsghdr&)>& on_reply = {});

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  [[nodiscard]] int open();
  [[nodiscard]] int receive(std::uint32_t sequence, const std::function<void(const nlmsghdr&)>& on_reply);

  int protocol_;
  std::unique_ptr<mnl_socket, Close> socket_;  // opened by the first ask()
  std::uint32_t sequence_{0};
};

/// Calls visit(attribute) for each that follows the family-specific header of `header_size` bytes.
void for_each_attribute(const nlmsghdr& message, std::size_t header_size,
                        const std::function<void(const nlattr&)>& visit);

/// The address in an attribute's payload, by its length; nothing if it has neither 4 nor 16 bytes.
[[nodiscard]] std::optional<IpAddress> address_of(const nlattr& attribute);

/// AF_INET or AF_INET6.
[[nodiscard]] std::uint8_t kernel_family(Family family);

}  // namespace naru::runtime
