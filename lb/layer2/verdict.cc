#include "lb/layer2/verdict.h"

#include <array>

namespace naru::lb::layer2 {
namespace {

constexpr std::array<std::string_view, kArpVerdicts> kArpNames{
    "answer",        "malformed",  "own_frame",     "spoofed_sender",  "not_to_us",    "conflict",
    "not_a_request", "gratuitous", "lost_election", "other_interface", "not_announced"};

constexpr std::array<std::string_view, kNdpVerdicts> kNdpNames{"answer",
                                                               "answer_probe",
                                                               "malformed",
                                                               "bad_checksum",
                                                               "hop_limit",
                                                               "own_frame",
                                                               "spoofed_sender",
                                                               "not_to_us",
                                                               "conflict",
                                                               "not_a_solicitation",
                                                               "no_link_layer_option",
                                                               "lost_election",
                                                               "other_interface",
                                                               "not_announced"};

}  // namespace

std::string_view to_string(ArpVerdict verdict) {
  return kArpNames[static_cast<std::size_t>(verdict)];
}

std::string_view to_string(NdpVerdict verdict) {
  return kNdpNames[static_cast<std::size_t>(verdict)];
}

}  // namespace naru::lb::layer2
