#include "daemon/announcement_words.h"
#include "daemon/json_fields.h"
#include "daemon/to_json.h"

namespace naru::daemon {

namespace json = boost::json;

json::object to_json(const AnnouncementView& view) {
  const auto& info = view.info;
  json::object object{{"type", "Announcement"},
                      {"address", info.address.to_string()},
                      {"namespace", view.service.name_space},
                      {"service", view.service.name}};
  set_text(object, "protocol", to_string(info.protocol));
  set_text(object, "node", info.node);
  set_text(object, info.protocol == lb::announce::Protocol::bgp ? "peer" : "interface", info.via);
  object["state"] = state_word(info.reason);
  object["reason"] = to_string(info.reason);
  set_text(object, "detail", info.detail);
  if (info.conflict) object["conflict"] = *info.conflict;
  object["since"] = rfc3339(info.since, 3);
  return object;
}

namespace {

/// What the two sides have agreed upon.
void set_agreed(json::object& object, const lb::bgp::SessionView& view) {
  if (view.local) object["localAddress"] = view.local->to_string();
  if (view.peer_router_id) object["peerRouterID"] = view.peer_router_id->to_string();
  if (view.hold_time) object["holdTimeSeconds"] = view.hold_time->count();
  json::array families;
  if (view.ipv4) families.emplace_back("IPv4");
  if (view.ipv6) families.emplace_back("IPv6");
  if (!families.empty()) object["families"] = std::move(families);
  if (view.state == lb::bgp::State::established) object["gracefulRestart"] = view.graceful_restart;
}

}  // namespace

json::object to_json(const lb::announce::BgpSessionInfo& info) {
  const lb::bgp::SessionView& view = info.view;
  json::object object{{"type", "BGPSession"},
                      {"peer", view.peer},
                      {"address", view.address.to_string()},
                      {"protocol", "bgp"},
                      {"state", to_string(view.state)},
                      {"since", rfc3339(info.since, 3)},
                      {"myASN", view.my_asn},
                      {"peerASN", view.peer_asn}};
  set_agreed(object, view);
  object["announcedPrefixes"] = view.announced_prefixes;
  object["pendingPrefixes"] = view.pending_prefixes;
  object["impossiblePrefixes"] = view.impossible_prefixes;
  object["messagesSent"] = view.counters.messages_sent;
  object["messagesReceived"] = view.counters.messages_received;
  object["updatesSent"] = view.counters.updates_sent;
  object["updatesReceived"] = view.counters.updates_received;
  object["timesEstablished"] = view.counters.times_established;
  if (view.last_end) {
    object["lastEndReason"] = to_string(view.last_end->reason);
    set_text(object, "lastEnd", view.last_end->text);
  }
  return object;
}

}  // namespace naru::daemon
