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

}  // namespace naru::daemon
