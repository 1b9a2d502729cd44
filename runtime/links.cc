#include "runtime/links.h"

#include <linux/rtnetlink.h>

#include "runtime/socket.h"

namespace naru::runtime {

Result<void> Links::open() {
  // Listen first: what changes during the reading is then told again afterwards.
  if (auto opened = listener_.open({RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}); !opened) return opened;
  return read_all();
}

Result<bool> Links::update() {
  bool changed = false;
  if (listener_.receive([&](const nlmsghdr& message) { changed = table_.apply(message) || changed; })) return changed;
  const auto before = table_.links();
  if (auto read = read_all(); !read) return read.error();
  return before != table_.links();
}

Result<void> Links::read_all() {
  LinkTable fresh;
  const auto take = [&](const nlmsghdr& message) { (void)fresh.apply(message); };
  Netlink::Message links(RTM_GETLINK, NLM_F_DUMP);
  links.put_header<ifinfomsg>().ifi_family = AF_UNSPEC;
  int error = netlink_.ask(links, take);
  Netlink::Message addresses(RTM_GETADDR, NLM_F_DUMP);
  addresses.put_header<ifaddrmsg>().ifa_family = AF_UNSPEC;
  if (error == 0) error = netlink_.ask(addresses, take);
  if (error != 0) return socket_error(error, "cannot read the host's interfaces");
  table_ = std::move(fresh);
  return {};
}

}  // namespace naru::runtime
