// What is announced, and by which sessions.
#include <fmt/format.h>

#include "daemon/announcement_words.h"
#include "daemon/tables.h"

namespace naru::daemon {
namespace {

std::string or_none(const std::string& text) {
  return text.empty() ? "<none>" : text;
}

std::string age(WallTime since, WallTime now) {
  return human_duration(std::chrono::duration_cast<std::chrono::seconds>(now - since));
}

std::string detail_text(const AnnouncementView& view) {
  if (!view.info.conflict) return or_none(view.info.detail);
  return "also claimed by " + *view.info.conflict;
}

std::string counters_text(const lb::bgp::SessionView& view) {
  return fmt::format("AS {}, {} prefixes, {} pending, {} updates sent", view.peer_asn, view.announced_prefixes,
                     view.pending_prefixes, view.counters.updates_sent);
}

std::vector<std::string> session_row(const lb::announce::BgpSessionInfo& info, WallTime now) {
  const lb::bgp::SessionView& view = info.view;
  const bool up = view.state == lb::bgp::State::established;
  const bool ended = !up && view.last_end;
  return {"<none>",
          "<session>",
          view.address.to_string(),
          "bgp",
          "<none>",
          view.peer,
          std::string(to_string(view.state)),
          ended ? std::string(to_string(view.last_end->reason)) : "<none>",
          age(info.since, now),
          ended && !view.last_end->text.empty() ? view.last_end->text : counters_text(view)};
}

}  // namespace

Table announcements_table(std::span<const AnnouncementView> announcements,
                          std::span<const lb::announce::BgpSessionInfo> sessions, WallTime now) {
  Table table{{{"NAMESPACE"},
               {"SERVICE"},
               {"ADDRESS"},
               {"PROTOCOL"},
               {"NODE"},
               {"VIA"},
               {"STATE"},
               {"REASON"},
               {"SINCE"},
               {"DETAIL", true}},
              {}};
  for (const AnnouncementView& view : announcements) {
    const auto& info = view.info;
    table.rows.push_back({view.service.name_space, view.service.name, info.address.to_string(),
                          or_none(std::string(to_string(info.protocol))), or_none(info.node), or_none(info.via),
                          std::string(state_word(info.reason)),
                          info.conflict ? "conflict" : std::string(to_string(info.reason)), age(info.since, now),
                          detail_text(view)});
  }
  for (const auto& session : sessions) table.rows.push_back(session_row(session, now));
  return table;
}

}  // namespace naru::daemon
