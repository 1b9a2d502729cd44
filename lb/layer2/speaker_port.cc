#include "lb/layer2/speaker_port.h"

#include <algorithm>
#include <cstring>

#include "base/log.h"

namespace naru::lb::layer2 {
namespace {

Frame frame_of(const ArpPacket& packet) {
  const ArpFrame bytes = encode(packet);
  return {bytes.begin(), bytes.end()};
}

template <class Verdicts, class Verdict>
void count(Verdicts& counters, Verdict verdict) {
  ++counters[static_cast<std::size_t>(verdict)];
}

}  // namespace

SpeakerPort::SpeakerPort(Interface interface, SpeakerShared& shared)
    : interface_(std::move(interface)),
      shared_(shared),
      receiver_{interface_.mac, shared.host_macs, [this](const IpAddress& address) { return standing(address); }},
      groups_(interface_.index) {}

Standing SpeakerPort::standing(const IpAddress& address) const {
  if (claims_.contains(address)) return Standing::announced_here;
  if (shared_.owned.contains(address)) return Standing::announced_elsewhere;
  return shared_.held.contains(address) ? Standing::held : Standing::unknown;
}

void SpeakerPort::listen(bool ipv4, bool ipv6) {
  fault_.clear();
  if (ipv4) open(FrameKind::arp);
  if (ipv6) open(FrameKind::ndp);
}

void SpeakerPort::announce(const std::set<IpAddress>& addresses, TimePoint now) {
  std::vector<IpAddress> gone;
  for (const auto& [address, claim] : claims_) {
    if (!addresses.contains(address)) gone.push_back(address);
  }
  for (const IpAddress& address : gone) remove(address);
  for (const IpAddress& address : addresses) {
    if (!claims_.contains(address) && !add(address, now)) break;
  }
  advance(now);
  join_groups();
}

void SpeakerPort::join_groups() {
  std::erase_if(ungrouped_, [&](const IpAddress& address) {
    const int error = groups_.join(address);
    // Solicitations then come in only where switches flood them and the interface's filter lets them pass.
    if (error != 0) fault_ = fmt::format("cannot join the group of {}: {}", address.to_string(), std::strerror(error));
    return error == 0;
  });
}

bool SpeakerPort::add(const IpAddress& address, TimePoint now) {
  if (!open(address.is_v4() ? FrameKind::arp : FrameKind::ndp)) return false;
  if (!address.is_v4()) ungrouped_.insert(address);
  claims_.emplace(address, Claim(now));
  shared_.counters.addresses.try_emplace(address);
  return true;
}

void SpeakerPort::remove(const IpAddress& address) {
  if (!address.is_v4() && ungrouped_.erase(address) == 0) groups_.leave(address);
  claims_.erase(address);
}

bool SpeakerPort::open(FrameKind kind) {
  auto& channel = kind == FrameKind::arp ? arp_ : ndp_;
  if (channel) return true;
  auto socket = PacketSocket::open(interface_.index, kind);
  if (!socket) {
    fault_ = socket.error().message;
    return false;
  }
  const auto on_frame = [this, kind](Bytes frame) { kind == FrameKind::arp ? on_arp(frame) : on_ndp(frame); };
  channel = std::make_shared<SpeakerChannel>(shared_.io, std::move(*socket), shared_.counters, on_frame,
                                             [this] { shared_.on_turn(); });
  channel->start();
  return true;
}

void SpeakerPort::advance(TimePoint now) {
  std::vector<IpAddress> to_probe;
  for (auto& [address, claim] : claims_) {
    if (now < claim.due()) continue;
    const ClaimDuties duties = claim.advance(now);
    if (duties.announce) announce_once(address);
    if (duties.probe) to_probe.push_back(address);
    if (duties.report) shared_.notices.push_back({address, interface_.name, claim.conflict()});
    if (duties.conflict_cleared) shared_.notices.push_back({address, interface_.name, std::nullopt});
  }
  // All addresses are announced before any is probed.
  for (const IpAddress& address : to_probe) probe(address);
  flush();
}

TimePoint SpeakerPort::due() const {
  TimePoint first = TimePoint::max();
  for (const auto& [address, claim] : claims_) first = std::min(first, claim.due());
  return first;
}

void SpeakerPort::on_arp(Bytes frame) {
  const auto packet = parse_arp(frame);
  const ArpVerdict verdict = judge(packet, receiver_);
  count(shared_.counters.arp, verdict);
  if (verdict == ArpVerdict::conflict) on_conflict(claim_of(*packet));
  if (verdict != ArpVerdict::answer) return;
  AddressCounters& counters = shared_.counters.addresses[packet->target_ip];
  ++counters.requests_received;
  ++counters.responses_sent;
  arp_->push(frame_of(arp_answer(*packet, interface_.mac)));
}

void SpeakerPort::on_ndp(Bytes frame) {
  const auto parsed = parse_ndp(frame);
  const NdpVerdict verdict = judge(parsed, receiver_);
  count(shared_.counters.ndp, verdict);
  const auto* message = std::get_if<NdpMessage>(&parsed);
  if (verdict == NdpVerdict::conflict) on_conflict(claim_of(*message));
  if (verdict != NdpVerdict::answer && verdict != NdpVerdict::answer_probe) return;
  AddressCounters& counters = shared_.counters.addresses[message->target];
  ++counters.requests_received;
  ++counters.responses_sent;
  ndp_->push(encode(ndp_answer(*message, interface_.mac)));
}

void SpeakerPort::on_conflict(const ForeignClaim& foreign) {
  Claim& claim = claims_.at(foreign.address);
  ++shared_.counters.addresses[foreign.address].conflicts_seen;
  if (claim.contradicted(foreign.owner, Clock::now())) announce_once(foreign.address);
}

void SpeakerPort::announce_once(const IpAddress& address) {
  std::uint64_t& sent = shared_.counters.addresses[address].gratuitous_sent;
  if (!address.is_v4()) {
    ndp_->push(encode(ndp_announcement(address, interface_.mac)));
    ++sent;
    return;
  }
  for (const ArpPacket& packet : arp_announcements(address, interface_.mac)) {
    arp_->push(frame_of(packet));
    ++sent;
  }
}

void SpeakerPort::probe(const IpAddress& address) {
  if (address.is_v4()) return arp_->push(frame_of(arp_probe(address, interface_.mac)));
  ndp_->push(encode(ndp_probe(address, interface_.mac)));
}

void SpeakerPort::flush() {
  if (arp_) arp_->flush();
  if (ndp_) ndp_->flush();
}

}  // namespace naru::lb::layer2
