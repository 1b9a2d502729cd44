#include "lb/bgp/end_reason.h"

#include <array>

namespace naru::lb::bgp {
namespace {

constexpr std::array<std::string_view, kEndReasons> kNames = {"none",
                                                              "bad_settings",
                                                              "no_local_address",
                                                              "connect_failed",
                                                              "connect_timed_out",
                                                              "connection_closed",
                                                              "connection_failed",
                                                              "open_timed_out",
                                                              "hold_timer_expired",
                                                              "send_timed_out",
                                                              "bad_header",
                                                              "bad_open",
                                                              "wrong_asn",
                                                              "bad_router_id",
                                                              "unacceptable_hold_time",
                                                              "unsupported_capability",
                                                              "bad_update",
                                                              "unexpected_message",
                                                              "collision",
                                                              "notified",
                                                              "link_failed",
                                                              "removed",
                                                              "settings_changed",
                                                              "shut_down"};

}  // namespace

std::string_view to_string(EndReason reason) {
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace naru::lb::bgp
