// Whatever arrives: a BFD packet that is taken can be written and read again, and no session breaks over it.
#include <cstdint>
#include <cstdlib>
#include <variant>

#include "lb/bfd/session.h"

namespace naru::lb::bfd {
namespace {

void check(bool truth) {
  if (!truth) std::abort();
}

void check_written(Packet packet) {
  packet.authenticated = false;  // which is not written
  const auto again = decode(encode(packet));
  check(std::holds_alternative<Packet>(again) && std::get<Packet>(again) == packet);
}

/// A session is told the packet at two moments, and what is due in between is done: its clock must move on.
void check_session(const Packet& packet, bool passive) {
  SessionSettings settings;
  settings.passive = passive;
  TimePoint now{std::chrono::hours(1)};
  Session session(settings, 7, now);
  for (std::uint32_t round = 0; round < 4; ++round) {
    check_written(session.receive(packet, now, round << 30).send.value_or(packet));
    for (int step = 0; step < 3 && session.deadline() != Session::kNever; ++step) {
      now = std::max(now, session.deadline());
      (void)session.elapse(now, round << 30);
      check(session.deadline() > now);
    }
  }
}

}  // namespace
}  // namespace naru::lb::bfd

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace naru::lb::bfd;
  const auto decoded = decode({data, size});
  if (const auto* packet = std::get_if<Packet>(&decoded)) {
    check_written(*packet);
    check_session(*packet, false);
    check_session(*packet, true);
  }
  return 0;
}
