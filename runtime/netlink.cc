#include "runtime/netlink.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace naru::runtime {

Netlink::Message::Message(std::uint16_t type, std::uint16_t flags) : header_(mnl_nlmsg_put_header(buffer_.data())) {
  header_->nlmsg_type = type;
  header_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
}

void Netlink::Message::put(std::uint16_t attribute, const IpAddress& address) {
  mnl_attr_put(header_, attribute, address.bits() / 8, address.bytes().data());
}

int Netlink::open() {
  socket_.reset(mnl_socket_open2(protocol_, SOCK_CLOEXEC));
  if (!socket_) return errno;
  if (mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) == 0) return 0;
  const int error = errno;
  socket_.reset();
  return error;
}

int Netlink::ask(Message& message, const std::function<void(const nlmsghdr&)>& on_reply) {
  if (!socket_) {
    if (const int error = open(); error != 0) return error;
  }
  message.get()->nlmsg_seq = ++sequence_;
  if (mnl_socket_sendto(socket_.get(), message.get(), message.get()->nlmsg_len) < 0) return errno;
  return receive(sequence_, on_reply);
}

int Netlink::receive(std::uint32_t sequence, const std::function<void(const nlmsghdr&)>& on_reply) {
  const auto on_message = [](const nlmsghdr* header, void* data) {
    const auto& reply = *static_cast<const std::function<void(const nlmsghdr&)>*>(data);
    if (reply) reply(*header);
    return MNL_CB_OK;
  };
  void* data = const_cast<std::function<void(const nlmsghdr&)>*>(&on_reply);
  std::vector<char> buffer(32768);  // what the kernel fills at most per message of a dump
  for (;;) {
    const auto size = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    const int more = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), sequence,
                                mnl_socket_get_portid(socket_.get()), on_message, data);
    if (more < 0) return errno;
    if (more == MNL_CB_STOP) return 0;
  }
}

void for_each_attribute(const nlmsghdr& message, std::size_t header_size,
                        const std::function<void(const nlattr&)>& visit) {
  const auto on_attribute = [](const nlattr* attribute, void* data) {
    (*static_cast<const std::function<void(const nlattr&)>*>(data))(*attribute);
    return MNL_CB_OK;
  };
  mnl_attr_parse(&message, static_cast<unsigned>(header_size), on_attribute,
                 const_cast<std::function<void(const nlattr&)>*>(&visit));
}

std::optional<IpAddress> address_of(const nlattr& attribute) {
  const auto* payload = static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute));
  const std::size_t size = mnl_attr_get_payload_len(&attribute);
  std::array<std::uint8_t, 16> bytes{};
  if (size != 4 && size != 16) return std::nullopt;
  std::memcpy(bytes.data(), payload, size);
  if (size == 16) return IpAddress::v6(bytes);
  return IpAddress::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
                       bytes[3]);
}

std::uint8_t kernel_family(Family family) {
  return family == Family::ipv4 ? AF_INET : AF_INET6;
}

}  // namespace naru::runtime
