#include "config/load_node_liveness.h"

#include <fmt/format.h>

#include <array>

#include "config/policy_fields.h"

namespace naru::config {
namespace {

using std::chrono::milliseconds;

constexpr std::array kFields = std::to_array<FieldDoc>({
    {"nodeLiveness.transmitInterval", "duration", "100ms",
     "How often other nodes are told that this one is there (BFD), where addresses are announced by ARP and NDP."},
    {"nodeLiveness.receiveInterval", "duration", "100ms", "How often at most they are to tell it to this one."},
    {"nodeLiveness.detectMultiplier", "number", "3",
     "How many words of a node may be missed in a row until it is taken for dead, and its addresses are taken over."},
    {"nodeLiveness.hold", "duration", "1500ms",
     "How long after the start other nodes are given to be heard before an address is announced."},
    {"nodeLiveness.settle", "duration", "5s",
     "How long a node that is back leaves its addresses with those that have taken them over."},
});
constexpr std::array<std::string_view, 5> kNames = {"transmitInterval", "receiveInterval", "detectMultiplier", "hold",
                                                    "settle"};

void load_between(const Field& field, milliseconds least, milliseconds most, milliseconds& length) {
  const auto given = load_duration(field);
  if (!given) return;
  if (*given < least || *given > most)
    return field.fail(fmt::format("{}ms is outside {}ms..{}ms", given->count(), least.count(), most.count()));
  length = *given;
}

}  // namespace

std::span<const FieldDoc> node_liveness_fields() {
  return kFields;
}

void load_node_liveness(const Field& field, NodeLiveness& liveness) {
  if (!field.map(kNames)) return;
  load_between(field["transmitInterval"], milliseconds(10), milliseconds(60'000), liveness.transmit_interval);
  load_between(field["receiveInterval"], milliseconds(10), milliseconds(60'000), liveness.receive_interval);
  liveness.detect_multiplier = load_count(field["detectMultiplier"], 2, 255).value_or(liveness.detect_multiplier);
  load_between(field["hold"], milliseconds(0), milliseconds(60'000), liveness.hold);
  load_between(field["settle"], milliseconds(0), milliseconds(3'600'000), liveness.settle);
}

}  // namespace naru::config
