#include "lb/maglev.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/hash.h"
#include "base/random.h"
#include "lb/pick.h"
#include "tests/unit/lb/make.h"

namespace naru::lb {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<SocketAddress>;

Addresses addresses(std::uint32_t count) {
  Addresses all;
  for (const Endpoint& one : endpoints(count)) all.push_back(one.address);
  return all;
}

/// Who has each slot.
Addresses owners(const Addresses& all) {
  const MaglevTable table(all);
  Addresses found;
  for (std::uint32_t slot = 0; slot < MaglevTable::kSlots; ++slot) found.push_back(all[table.at(slot)]);
  return found;
}

TEST_CASE("every endpoint has the same number of slots, give or take one") {
  for (const std::uint32_t count : {1U, 2U, 3U, 10U, 255U}) {
    std::map<SocketAddress, std::uint32_t> slots;
    for (const SocketAddress& owner : owners(addresses(count))) ++slots[owner];
    CHECK(slots.size() == count);
    for (const auto& [owner, held] : slots) {
      CHECK(held >= MaglevTable::kSlots / count);
      CHECK(held <= MaglevTable::kSlots / count + 1);
    }
  }
}

TEST_CASE("as many endpoints as slots have a slot each, or nearly so") {
  Addresses many;
  for (std::uint32_t i = 0; i < MaglevTable::kMaxEndpoints; ++i) {
    many.push_back({IpAddress::v4(0x0a000000 + i), Port(8080)});
  }
  const auto found = owners(many);
  CHECK(std::set<SocketAddress>(found.begin(), found.end()).size() == MaglevTable::kMaxEndpoints);
}

TEST_CASE("nodes that were told of the endpoints in other orders have the same table") {
  Addresses told = addresses(10);
  const auto expected = owners(told);
  for (int node = 0; node < 5; ++node) {
    std::ranges::rotate(told, told.begin() + 3);
    std::swap(told[0], told[static_cast<std::size_t>(node) + 4]);
    CHECK(owners(told) == expected);
  }
  CHECK(owners(addresses(9)) != expected);
}

// Measured: 0.2 to 0.3 % move. Where hashes are divided by the number of endpoints, 90 % do.
TEST_CASE("when one of ten endpoints goes, few clients of the others move") {
  const Addresses all = addresses(10);
  const auto before = owners(all);
  for (const std::size_t gone : {0U, 4U, 9U}) {
    Addresses left = all;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(gone));
    const auto after = owners(left);
    int others = 0;
    int moved = 0;
    for (std::uint32_t client = 0; client < 100'000; ++client) {
      const std::uint32_t slot = MaglevTable::slot_of(hash_value(IpAddress::v4(0xc0a80000 + client)));
      if (before[slot] == all[gone]) continue;
      ++others;
      moved += before[slot] == after[slot] ? 0 : 1;
    }
    CAPTURE(gone, moved, others);
    CHECK(moved * 100 < others);
  }
}

/// How many slots each has.
std::vector<std::uint32_t> slots_by(const Addresses& all, const std::vector<std::uint16_t>& weights) {
  const MaglevTable table(all, weights);
  std::vector<std::uint32_t> held(all.size());
  for (std::uint32_t slot = 0; slot < MaglevTable::kSlots; ++slot) ++held[table.at(slot)];
  return held;
}

TEST_CASE("slots are filled by weight") {
  const std::vector<std::vector<std::uint16_t>> rows = {
      {1, 2}, {256, 1}, {3, 7, 11, 2}, {256, 255, 254, 1}, {100, 1, 1}};
  for (const auto& weights : rows) {
    double sum = 0;
    for (const auto weight : weights) sum += weight;
    const auto held = slots_by(addresses(static_cast<std::uint32_t>(weights.size())), weights);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      CAPTURE(i, held[i], weights[i]);
      CHECK(std::abs(held[i] - MaglevTable::kSlots * weights[i] / sum) <= 2);
    }
  }
}

TEST_CASE("equal weights make the table that no weights make") {
  const Addresses all = addresses(7);
  const MaglevTable plain(all);
  for (const std::uint16_t weight : {std::uint16_t{1}, std::uint16_t{256}}) {
    const MaglevTable weighted(all, std::vector<std::uint16_t>(7, weight));
    for (std::uint32_t slot = 0; slot < MaglevTable::kSlots; ++slot) REQUIRE(plain.at(slot) == weighted.at(slot));
  }
}

TEST_CASE("nodes that were told of weighted endpoints in other orders have the same table") {
  const Addresses all = addresses(4);
  const Addresses other = {all[2], all[0], all[3], all[1]};
  const MaglevTable one(all, std::vector<std::uint16_t>{10, 20, 30, 40});
  const MaglevTable two(other, std::vector<std::uint16_t>{30, 10, 40, 20});
  for (std::uint32_t slot = 0; slot < MaglevTable::kSlots; ++slot) REQUIRE(all[one.at(slot)] == other[two.at(slot)]);
}

// Measured: 1.9 % of the slots change hands where 1.6 % must.
TEST_CASE("when one endpoint's weight is changed, few clients of the others move between them") {
  const Addresses all = addresses(10);
  std::vector<std::uint16_t> weights(10, 10);
  const MaglevTable before(all, weights);
  weights[3] = 12;
  const MaglevTable after(all, weights);
  std::uint32_t moved = 0;
  std::uint32_t elsewhere = 0;
  for (std::uint32_t slot = 0; slot < MaglevTable::kSlots; ++slot) {
    if (before.at(slot) == after.at(slot)) continue;
    ++moved;
    if (after.at(slot) != 3) ++elsewhere;
  }
  CAPTURE(moved, elsewhere);
  CHECK(moved < MaglevTable::kSlots * 4 / 100);
  CHECK(elsewhere < MaglevTable::kSlots * 2 / 100);
}

/// Ten endpoints with a table, picked from for clients by their hashes.
struct Lab {
  Lab() {
    for (std::uint32_t i = 0; i < 10; ++i) usable.indices.push_back(i);
    usable.maglev = std::make_shared<const MaglevTable>(addresses(10));
  }
  std::optional<std::uint32_t> pick_for(std::uint64_t client, const std::vector<std::uint32_t>& tried = {}) {
    return pick(all, usable, {config::Algorithm::maglev, now, random, round_robin, tried, client});
  }

  std::vector<Endpoint> all = endpoints(10);
  Usable usable{{}, Tier::ready};
  TimePoint now{1000s};
  Random random{42};
  std::atomic<std::uint64_t> round_robin{0};
};

TEST_CASE("a client gets the endpoint of its slot") {
  Lab lab;
  for (std::uint64_t client = 0; client < 1000; ++client) {
    CHECK(lab.pick_for(client) == lab.usable.maglev->at(MaglevTable::slot_of(client)));
    CHECK(lab.pick_for(client + MaglevTable::kSlots) == lab.pick_for(client));
  }
}

TEST_CASE("a table is of the usable endpoints, not of all") {
  Lab lab;
  lab.usable.indices = {3, 7};
  lab.usable.maglev = std::make_shared<const MaglevTable>(Addresses{lab.all[3].address, lab.all[7].address});
  std::set<std::uint32_t> seen;
  for (std::uint64_t client = 0; client < 100; ++client) seen.insert(lab.pick_for(client).value());
  CHECK(seen == std::set<std::uint32_t>{3, 7});
}

TEST_CASE("an ejected endpoint's clients are spread over all others, nobody else's move, and they come back") {
  Lab lab;
  Lab ejected;
  ejected.all[2].state->eject(ejected.now, 10s, 60s);
  std::map<std::uint32_t, int> heirs;
  for (std::uint64_t client = 0; client < MaglevTable::kSlots; ++client) {
    const auto first = lab.pick_for(client).value();
    const auto later = ejected.pick_for(client).value();
    if (first == 2) {
      ++heirs[later];
    } else if (first != later) {
      FAIL("client " << client << " moved from " << first << " to " << later);
    }
  }
  CHECK(heirs.size() == 9);
  CHECK_FALSE(heirs.contains(2));
  // 6554 slots among nine.
  for (const auto& [heir, slots] : heirs) CHECK(std::abs(slots - 728) < 200);
  ejected.now += 10s;
  for (std::uint64_t client = 0; client < 300; ++client) CHECK(ejected.pick_for(client) == lab.pick_for(client));
}

TEST_CASE("tried endpoints are not picked again, whether or not all are ejected, until none is left") {
  for (const bool all_ejected : {false, true}) {
    for (const std::uint64_t client : {std::uint64_t{7}, std::uint64_t{MaglevTable::kSlots - 1}, ~std::uint64_t{0}}) {
      Lab lab;
      for (Endpoint& one : lab.all) {
        if (all_ejected) one.state->eject(lab.now, 10s, 60s);
      }
      std::vector<std::uint32_t> tried;
      while (const auto picked = lab.pick_for(client, tried)) {
        REQUIRE(std::ranges::count(tried, *picked) == 0);
        tried.push_back(*picked);
      }
      CHECK(tried.size() == 10);
    }
  }
}

TEST_CASE("without a table a client is kept by rendezvous hashing") {
  Lab lab;
  lab.usable.maglev = nullptr;
  CHECK(lab.pick_for(7) == lab.pick_for(7));
  std::set<std::uint32_t> seen;
  for (std::uint64_t client = 0; client < 300; ++client) seen.insert(lab.pick_for(client).value());
  CHECK(seen.size() == 10);
}

}  // namespace
}  // namespace naru::lb
