#include "lb/bfd/session_set.h"

#include <variant>

namespace naru::lb::bfd {
namespace {

constexpr std::uint8_t kSentTtl = 255;

bool belongs_to(const SessionKey& key, const SessionSettings& settings, const Arrival& arrival) {
  return key.peer == arrival.from && (!key.local || *key.local == arrival.to) && settings.multihop == arrival.multihop;
}

std::uint8_t required_ttl(const SessionSettings& settings) {
  return settings.multihop ? settings.minimum_ttl : kSentTtl;
}

}  // namespace

void SessionSet::configure(const std::map<SessionKey, SessionSettings>& sessions, TimePoint now, Effects& effects) {
  std::vector<Discriminator> gone;
  for (const auto& [key, discriminator] : by_key_) {
    const auto wanted = sessions.find(key);
    const bool multihop = entries_.at(discriminator).session.settings().multihop;
    if (wanted == sessions.end() || wanted->second.multihop != multihop) gone.push_back(discriminator);
  }
  for (const Discriminator discriminator : gone) end(discriminator, now, effects);
  for (const auto& [key, settings] : sessions) {
    const auto had = by_key_.find(key);
    if (had == by_key_.end()) {
      add(key, settings, now);
    } else if (Entry& entry = entries_.at(had->second); !(entry.session.settings() == settings)) {
      entry.session.configure(settings, now, random());
      queue(had->second, entry);
    }
  }
}

void SessionSet::add(const SessionKey& key, const SessionSettings& settings, TimePoint now) {
  const Discriminator discriminator = fresh_discriminator();
  by_key_.emplace(key, discriminator);
  Entry& entry = entries_.emplace(discriminator, Entry{key, Session(settings, discriminator, now)}).first->second;
  queue(discriminator, entry);
}

void SessionSet::end(Discriminator discriminator, TimePoint now, Effects& effects) {
  const auto found = entries_.find(discriminator);
  Entry& entry = found->second;
  if (const auto farewell = entry.session.admin_down(now, random()).send) {
    effects.sends.push_back({entry.key, encode(*farewell)});
  }
  queue_.erase({entry.queued, discriminator});
  by_key_.erase(entry.key);
  entries_.erase(found);
}

void SessionSet::receive(const Arrival& arrival, std::span<const std::uint8_t> payload, TimePoint now,
                         Effects& effects) {
  // Before anything else of it is looked at: what comes from farther away may be anybody's.
  if (!arrival.multihop && arrival.ttl != kSentTtl) return discard(Discard::ttl);
  const auto decoded = decode(payload);
  if (const auto* fault = std::get_if<Discard>(&decoded)) return discard(*fault);
  const Packet& packet = *std::get_if<Packet>(&decoded);
  const Found found = find(arrival, packet);
  if (found.entry == nullptr) return discard(found.discard);
  const Reaction reaction = found.entry->session.receive(packet, now, random());
  if (reaction.discard) discard(*reaction.discard);
  if (!reaction.discard) counters_.received.add();
  apply(*found.entry, reaction, effects);
}

/// Sections 6.8.6 of RFC 5880, from "If the Your Discriminator field is nonzero" to authentication. Beyond it, a
/// session's packets must come from its peer: that costs nothing, and one who guesses discriminators gains nothing.
SessionSet::Found SessionSet::find(const Arrival& arrival, const Packet& packet) {
  Entry* entry = nullptr;
  if (packet.your_discriminator != 0) {
    const auto found = entries_.find(packet.your_discriminator);
    if (found == entries_.end()) return {nullptr, Discard::unknown_discriminator};
    entry = &found->second;
    if (!belongs_to(entry->key, entry->session.settings(), arrival)) return {nullptr, Discard::wrong_address};
  } else {
    const bool may_not_know_us = packet.state == State::down || packet.state == State::admin_down;
    if (!may_not_know_us) return {nullptr, Discard::unexpected_state};
    entry = find_by_address(arrival);
    if (entry == nullptr) return {nullptr, Discard::unknown_peer};
  }
  if (arrival.ttl < required_ttl(entry->session.settings())) return {nullptr, Discard::ttl};
  if (packet.authenticated) return {nullptr, Discard::authentication};
  return {entry, {}};
}

SessionSet::Entry* SessionSet::find_by_address(const Arrival& arrival) {
  for (const SessionKey& key : {SessionKey{arrival.from, arrival.to}, SessionKey{arrival.from, std::nullopt}}) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) continue;
    Entry& entry = entries_.at(found->second);
    if (entry.session.settings().multihop == arrival.multihop) return &entry;
  }
  return nullptr;
}

void SessionSet::elapse(TimePoint now, Duration lateness, Effects& effects) {
  bool stalled = false;
  while (!queue_.empty() && queue_.begin()->first <= now) {
    const Discriminator discriminator = queue_.begin()->second;
    Entry& entry = entries_.at(discriminator);
    if (entry.session.silent_too_long(now)) stalled = entry.session.forgive(lateness, now) || stalled;
    apply(entry, entry.session.elapse(now, random()), effects);
  }
  if (stalled) counters_.stalls.add();
}

void SessionSet::apply(Entry& entry, const Reaction& reaction, Effects& effects) {
  if (reaction.send) effects.sends.push_back({entry.key, encode(*reaction.send)});
  if (reaction.transition) {
    if (reaction.transition->diagnostic == Diagnostic::detection_time_expired) counters_.detections.add();
    effects.transitions.emplace_back(entry.key, *reaction.transition);
  }
  if (reaction.remote_diagnostic) effects.remote_diagnostics.emplace_back(entry.key, *reaction.remote_diagnostic);
  queue(by_key_.at(entry.key), entry);
}

void SessionSet::queue(Discriminator discriminator, Entry& entry) {
  const TimePoint due = entry.session.deadline();
  if (due == entry.queued) return;
  queue_.erase({entry.queued, discriminator});
  if (due != Session::kNever) queue_.emplace(due, discriminator);
  entry.queued = due;
}

TimePoint SessionSet::deadline() const {
  return queue_.empty() ? Session::kNever : queue_.begin()->first;
}

std::vector<SessionInfo> SessionSet::infos() const {
  std::vector<SessionInfo> infos;
  infos.reserve(by_key_.size());
  for (const auto& [key, discriminator] : by_key_) {
    infos.push_back(entries_.at(discriminator).session.info());
    infos.back().key = key;
  }
  return infos;
}

SessionSet::Discriminator SessionSet::fresh_discriminator() {
  for (;;) {
    const Discriminator drawn = random();
    if (drawn != 0 && !entries_.contains(drawn)) return drawn;
  }
}

}  // namespace naru::lb::bfd
