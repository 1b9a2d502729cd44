// Whatever a peer sends: it is cut into the same messages however it arrives, no message makes the state machine do
// anything but go on or end with a NOTIFICATION that is a message itself, and what can be read can be written.
#include <cstdint>
#include <cstdlib>

#include "lb/bgp/peer_fsm.h"

namespace naru::lb::bgp {
namespace {

void check(bool truth) {
  if (!truth) std::abort();
}

const TimePoint kNow{std::chrono::seconds(1000)};

PeerSettings settings() {
  PeerSettings s;
  s.name = "router";
  s.my_asn = 64513;
  s.dynamic_asn = DynamicAsn::external;
  s.address = IpAddress::v4(0x0a000002);
  s.router_id = IpAddress::v4(0x0a000001);
  s.graceful_restart = s.dual_stack = true;
  return s;
}

/// What was sent is messages, and the last of them is a NOTIFICATION if the connection is closed.
void check_actions(const Actions& actions, std::size_t& ends) {
  for (const Action& one : actions) {
    if (std::holds_alternative<action::Close>(one)) ++ends;
    const auto* send = std::get_if<action::Send>(&one);
    if (send == nullptr) continue;
    Framer framer;
    framer.add(send->bytes);
    check(std::holds_alternative<Message>(framer.next()));
    check(std::holds_alternative<std::monostate>(framer.next()));
  }
}

/// A session, or what came of it, after these bytes in pieces.
SessionView told(View bytes, std::size_t piece, bool established) {
  PeerFsm fsm(settings(), {}, 1, kNow);
  std::size_t ends = 0;
  check_actions(fsm.start(kNow), ends);
  check_actions(fsm.on_connected(Side::outbound, {IpAddress::v4(0x0a000001), Port(1)}, {}, kNow), ends);
  if (established) {
    Open open;
    open.asn = 64512;
    open.router_id = IpAddress::v4(9);
    open.families.ipv4 = open.four_octet_asn = true;
    check_actions(fsm.on_bytes(Side::outbound, encode(open), kNow), ends);
    check_actions(fsm.on_bytes(Side::outbound, keepalive(), kNow), ends);
    check(fsm.state() == State::established);
  }
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const View some = bytes.subspan(at, std::min(piece, bytes.size() - at));
    check_actions(fsm.on_bytes(Side::outbound, some, kNow), ends);
  }
  check(ends <= 1);
  check((ends == 1) == (fsm.state() == State::idle));
  return fsm.view();
}

void check_open(View body) {
  if (body.size() < 10) return;
  const auto parsed = parse_open(body);
  const auto* open = std::get_if<Open>(&parsed);
  if (open == nullptr || (!open->four_octet_asn && open->asn > 0xffff)) return;
  Open written = *open;
  written.families.ipv4 = true;  // none at all cannot be written
  if (written.graceful_restart) written.graceful_restart->kept = written.graceful_restart->kept & written.families;
  const Bytes again = encode(written);
  const auto read = parse_open(View(again).subspan(kHeaderSize));
  check(std::holds_alternative<Open>(read) && std::get<Open>(read) == written);
}

void run(View bytes) {
  for (const bool established : {false, true}) {
    const SessionView whole = told(bytes, bytes.size() + 1, established);
    const SessionView pieces = told(bytes, 7, established);
    check(whole.state == pieces.state && whole.last_end.has_value() == pieces.last_end.has_value());
    if (whole.last_end) check(whole.last_end->reason == pieces.last_end->reason);
    check(whole.counters.messages_received == pieces.counters.messages_received);
  }
  check_open(bytes);
}

}  // namespace
}  // namespace naru::lb::bgp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  naru::lb::bgp::run({data, size});
  return 0;
}
