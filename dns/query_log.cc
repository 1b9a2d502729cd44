#include "dns/query_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "dns/message.h"

namespace naru::dns {
namespace {

/// "qr,aa,rd", as dig names them.
std::string flags_text(std::uint16_t flags) {
  std::string text;
  const auto add = [&](std::uint16_t flag, std::string_view name) {
    if ((flags & flag) == 0) return;
    if (!text.empty()) text += ',';
    text += name;
  };
  add(kQr, "qr");
  add(kAa, "aa");
  add(kTc, "tc");
  add(kRd, "rd");
  add(kRa, "ra");
  add(kAd, "ad");
  add(kCd, "cd");
  return text;
}

/// A name's presentation has printable ASCII only; of that JSON wants two escaped.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string class_text(std::uint16_t rr_class) {
  return rr_class == kClassIn ? "IN" : fmt::format("CLASS{}", rr_class);
}

}  // namespace

std::string query_line(const QueryRecord& record) {
  using namespace std::chrono;
  const auto when = time_point_cast<seconds>(record.when);
  const auto micros = duration_cast<microseconds>(record.when - when).count();
  std::string line = fmt::format(R"({{"time":"{:%FT%T}.{:06}Z","client":"{}","proto":"{}","id":{})",
                                 fmt::gmtime(system_clock::to_time_t(when)), micros, record.client.address.to_string(),
                                 to_string(record.client.transport), record.id);
  if (record.name_size > 0) {
    line += fmt::format(R"(,"name":"{}","type":"{}","class":"{}")", escaped(presentation(record.wire_name())),
                        to_string(record.type), class_text(record.rr_class));
  }
  line += fmt::format(R"(,"flags":"{}","size":{})", flags_text(record.flags), record.query_size);
  if (record.answered) {
    line += fmt::format(R"(,"rcode":"{}","replySize":{},"forwarded":{})", to_string(record.rcode), record.reply_size,
                        record.forwarded);
  } else {
    line += R"(,"dropped":true)";
  }
  line += fmt::format(R"(,"microseconds":{}}})", duration_cast<microseconds>(record.took).count());
  return line;
}

}  // namespace naru::dns
