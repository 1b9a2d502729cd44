// NOTIFICATIONs in words: the names of IANA's registry "BGP Error (Notification) Codes".
#include <fmt/format.h>

#include <span>

#include "lb/bgp/notification.h"

namespace naru::lb::bgp {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::string_view kCodes[] = {"Reserved",
                                       "Message Header Error",
                                       "OPEN Message Error",
                                       "UPDATE Message Error",
                                       "Hold Timer Expired",
                                       "Finite State Machine Error",
                                       "Cease",
                                       "ROUTE-REFRESH Message Error",
                                       "Send Hold Timer Expired"};
constexpr std::string_view kHeader[] = {"Unspecific", "Connection Not Synchronized", "Bad Message Length",
                                        "Bad Message Type"};
constexpr std::string_view kOpen[] = {"Unspecific",
                                      "Unsupported Version Number",
                                      "Bad Peer AS",
                                      "Bad BGP Identifier",
                                      "Unsupported Optional Parameter",
                                      "Authentication Failure",
                                      "Unacceptable Hold Time",
                                      "Unsupported Capability"};
constexpr std::string_view kUpdate[] = {"Unspecific",
                                        "Malformed Attribute List",
                                        "Unrecognized Well-known Attribute",
                                        "Missing Well-known Attribute",
                                        "Attribute Flags Error",
                                        "Attribute Length Error",
                                        "Invalid ORIGIN Attribute",
                                        "AS Routing Loop",
                                        "Invalid NEXT_HOP Attribute",
                                        "Optional Attribute Error",
                                        "Invalid Network Field",
                                        "Malformed AS_PATH"};
constexpr std::string_view kFsm[] = {"Unspecified", "Unexpected Message in OpenSent",
                                     "Unexpected Message in OpenConfirm", "Unexpected Message in Established"};
constexpr std::string_view kCease[] = {"Unspecific",
                                       "Maximum Number of Prefixes Reached",
                                       "Administrative Shutdown",
                                       "Peer De-configured",
                                       "Administrative Reset",
                                       "Connection Rejected",
                                       "Other Configuration Change",
                                       "Connection Collision Resolution",
                                       "Out of Resources",
                                       "Hard Reset",
                                       "BFD Down"};

Names subcodes_of(std::uint8_t code) {
  constexpr Names kAll[] = {{}, kHeader, kOpen, kUpdate, {}, kFsm, kCease};
  return code < std::size(kAll) ? kAll[code] : Names{};
}

std::string name_in(Names names, std::uint8_t number) {
  return number < names.size() ? std::string(names[number]) : fmt::format("{}", number);
}

/// RFC 9003: a length, then text. What does not keep to it is not shown.
std::string shutdown_text(const Bytes& data) {
  if (data.empty() || data[0] == 0 || data.size() < 1U + data[0]) return {};
  std::string text(data.begin() + 1, data.begin() + 1 + data[0]);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

}  // namespace

std::string to_string(const Notification& n) {
  std::string text = name_in(kCodes, n.code);
  const Names names = subcodes_of(n.code);
  if (n.subcode != 0) text += "/" + name_in(names, n.subcode);
  const bool has_words = n.code == static_cast<std::uint8_t>(ErrorCode::cease) && (n.subcode == 2 || n.subcode == 4);
  const std::string words = has_words ? shutdown_text(n.data) : "";
  return words.empty() ? text : text + ": " + words;
}

}  // namespace naru::lb::bgp
