// metallb_layer2_*, metallb_speaker_announced: MetalLB's names, so that alerts made for it work. naru_layer2_*,
// naru_bfd_*, naru_node_*: what it does not tell.
#include <set>

#include "daemon/metric_family.h"
#include "daemon/metrics_collect.h"

namespace naru::daemon {
namespace {

using lb::announce::Report;
using prometheus::MetricFamily;

void collect_addresses(const Report& report, Families& families) {
  MetricFamily received = counters("metallb_layer2_requests_received",
                                   "Requests for the address, by ARP or NDP, that this node is to answer.");
  MetricFamily sent = counters("metallb_layer2_responses_sent", "Answers to them.");
  MetricFamily gratuitous =
      counters("metallb_layer2_gratuitous_sent", "Announcements of the address that nobody asked for.");
  MetricFamily conflicts = counters("naru_layer2_conflicts_total", "Frames in which another host claimed the address.");
  for (const auto& [ip, counts] : report.layer2.addresses) {
    const Labels labels = {{"ip", ip.to_string()}};
    add_value(received, labels, counts.requests_received);
    add_value(sent, labels, counts.responses_sent);
    add_value(gratuitous, labels, counts.gratuitous_sent);
    add_value(conflicts, labels, counts.conflicts_seen);
  }
  for (MetricFamily* family : {&received, &sent, &gratuitous, &conflicts}) families.push_back(std::move(*family));
}

void collect_announced(const Report& report, Families& families) {
  MetricFamily announced = gauges("metallb_speaker_announced", "Addresses that this node announces: always 1.");
  std::set<Labels> told;  // to several peers an address is announced once
  for (const auto& info : report.announcements) {
    if (info.reason != lb::announce::Reason::announced) continue;
    for (const auto& service : info.services) {
      const Labels labels = {{"ip", info.address.to_string()},
                             {"node", info.node},
                             {"protocol", std::string(to_string(info.protocol))},
                             {"service", service.to_string()}};
      if (told.insert(labels).second) add_value(announced, labels, 1);
    }
  }
  families.push_back(std::move(announced));
}

void collect_frames(const Report& report, Families& families) {
  MetricFamily frames = counters("naru_layer2_frames_total", "ARP and NDP frames received, by what became of them.");
  for (std::size_t i = 0; i < lb::layer2::kArpVerdicts; ++i) {
    if (report.layer2.arp[i] == 0) continue;
    const auto verdict = to_string(static_cast<lb::layer2::ArpVerdict>(i));
    add_value(frames, {{"protocol", "arp"}, {"verdict", std::string(verdict)}}, report.layer2.arp[i]);
  }
  for (std::size_t i = 0; i < lb::layer2::kNdpVerdicts; ++i) {
    if (report.layer2.ndp[i] == 0) continue;
    const auto verdict = to_string(static_cast<lb::layer2::NdpVerdict>(i));
    add_value(frames, {{"protocol", "ndp"}, {"verdict", std::string(verdict)}}, report.layer2.ndp[i]);
  }
  families.push_back(std::move(frames));
  families.push_back(single(counters("naru_layer2_frames_lost_total", "Frames that came faster than they were read."),
                            report.layer2.frames_lost));
  families.push_back(single(counters("naru_layer2_send_failures_total", "Frames that could not be sent."),
                            report.layer2.send_failures));
}

void collect_bfd(const Report& report, Families& families) {
  MetricFamily up = gauges("naru_bfd_session_up", "Whether the BFD session is Up.");
  MetricFamily downs = counters("naru_bfd_session_down_total", "How often the session was lost.");
  for (const auto& session : report.bfd_sessions) {
    const Labels labels = {{"peer", session.key.peer.to_string()}};
    add_value(up, labels, session.state == lb::bfd::State::up ? 1 : 0);
    add_value(downs, labels, session.times_down);
  }
  MetricFamily discarded = counters("naru_bfd_discarded_total", "BFD packets not taken, by why.");
  for (std::size_t i = 0; i < lb::bfd::kDiscards; ++i) {
    if (report.bfd.discarded[i] == 0) continue;
    add_value(discarded, {{"reason", std::string(to_string(static_cast<lb::bfd::Discard>(i)))}},
              report.bfd.discarded[i]);
  }
  for (MetricFamily* family : {&up, &downs, &discarded}) families.push_back(std::move(*family));
  families.push_back(single(counters("naru_bfd_received_total", "BFD packets taken."), report.bfd.received));
  families.push_back(single(counters("naru_bfd_sent_total", "BFD packets sent."), report.bfd.sent));
  families.push_back(single(counters("naru_bfd_send_failures_total", "BFD packets that could not be sent."),
                            report.bfd.send_failures));
  families.push_back(
      single(counters("naru_bfd_detections_total", "Sessions lost because nothing was heard."), report.bfd.detections));
  families.push_back(
      single(counters("naru_bfd_stalls_total", "Turns too late to judge others by."), report.bfd.stalls));
}

void collect_bgp(const Report& report, Families& families) {
  MetricFamily up = gauges("metallb_bgp_session_up", "Whether the BGP session is established.");
  MetricFamily updates = counters("metallb_bgp_updates_total", "BGP UPDATE messages sent.");
  // Gauges in spite of their names, which are MetalLB's.
  MetricFamily announced = gauges("metallb_bgp_announced_prefixes_total", "Prefixes that the peer has been told.");
  MetricFamily pending = gauges("metallb_bgp_pending_prefixes_total", "Prefixes that the peer is to be told.");
  MetricFamily established = counters("naru_bgp_established_total", "How often the session was established.");
  for (const auto& session : report.bgp_sessions) {
    const Labels labels = {{"peer", session.view.address.to_string()}};
    add_value(up, labels, session.view.state == lb::bgp::State::established ? 1 : 0);
    add_value(updates, labels, session.view.counters.updates_sent);
    add_value(announced, labels, session.view.announced_prefixes);
    add_value(pending, labels, session.view.pending_prefixes);
    add_value(established, labels, session.view.counters.times_established);
  }
  for (MetricFamily* family : {&up, &updates, &announced, &pending, &established}) {
    families.push_back(std::move(*family));
  }
}

void collect_nodes(const Report& report, Families& families) {
  MetricFamily live = gauges("naru_node_live", "Whether the other node is there and may announce addresses.");
  for (const auto& [name, info] : report.nodes) add_value(live, {{"node", name}}, info.candidate ? 1 : 0);
  families.push_back(std::move(live));
}

}  // namespace

void collect_announcing(const Report& report, Families& families) {
  if (!report.active) return;
  collect_addresses(report, families);
  collect_announced(report, families);
  collect_frames(report, families);
  collect_bfd(report, families);
  collect_bgp(report, families);
  collect_nodes(report, families);
}

}  // namespace naru::daemon
