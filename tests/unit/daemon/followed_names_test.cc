#include "daemon/followed_names.h"

#include <catch2/catch.hpp>

#include "objects.h"

namespace naru::daemon {
namespace {

using namespace std::chrono_literals;
using dns::AddressAnswer;
using Event = NameChange::Event;
const config::ServiceName kWeb{"shop", "web"};
const config::ServiceName kOther{"shop", "other"};
const FollowedName kDb{"db.example.com", Family::ipv4};
const FollowedName kDb6{"db.example.com", Family::ipv6};
const TimePoint kStart = TimePoint{} + 1h;

AddressAnswer found(const std::vector<std::string>& ips, Duration ttl = 30s) {
  AddressAnswer answer{AddressAnswer::Kind::found, {}, ttl};
  for (const std::string& text : ips) answer.addresses.push_back(ip(text));
  return answer;
}
const AddressAnswer kNone{AddressAnswer::Kind::none, {}, 20s};
const AddressAnswer kFailure;

struct Fixture {
  FollowedNames names;
  TimePoint now = kStart;

  Fixture() { names.set(kWeb, {kDb}); }
  /// How long until something is due again.
  Duration pause() const { return names.next_due() - now; }
  std::vector<std::string> addresses(const FollowedName& name = kDb) const {
    std::vector<std::string> all;
    for (const IpAddress& each : names.addresses(name)) all.push_back(each.to_string());
    return all;
  }
};
using Texts = std::vector<std::string>;

TEST_CASE("nothing is followed at first") {
  FollowedNames names;
  CHECK(names.next_due() == TimePoint::max());
  CHECK(names.take_due(kStart, 10).empty());
  CHECK(names.addresses(kDb).empty());
  names.set(kWeb, {});
  CHECK(names.size() == 0);
  CHECK_FALSE(names.take(kDb, found({"10.0.0.1"}), kStart).addresses);
}

TEST_CASE_METHOD(Fixture, "a new name is due at once, then after its TTL, and again if no answer comes") {
  CHECK(names.unheard_of() == 1);
  CHECK(names.take_due(now, 10) == std::vector{kDb});
  CHECK(names.take_due(now, 10).empty());
  CHECK(pause() == FollowedNames::kPatience);
  CHECK(names.take_due(now + FollowedNames::kPatience, 10) == std::vector{kDb});

  const NameChange change = names.take(kDb, found({"10.0.0.1"}), now);
  CHECK(change.addresses);
  CHECK(names.unheard_of() == 0);
  CHECK(pause() == 30s);
  CHECK(names.take_due(now + 30s - 1ns, 10).empty());
  CHECK(names.take_due(now + 30s, 10) == std::vector{kDb});
}

TEST_CASE_METHOD(Fixture, "a TTL is no less than a second, and no more than five minutes") {
  struct Row {
    Duration ttl;
    Duration pause;
  };
  for (const Row& row : {Row{0s, 1s}, Row{1s, 1s}, Row{2s, 2s}, Row{300s, 300s}, Row{301s, 300s}, Row{24h, 300s}}) {
    names.take(kDb, found({"10.0.0.1"}, row.ttl), now);
    CHECK(pause() == row.pause);
  }
}

TEST_CASE_METHOD(Fixture, "only other addresses are a change") {
  CHECK(names.take(kDb, found({"10.0.0.1", "10.0.0.2"}), now).addresses);
  CHECK_FALSE(names.take(kDb, found({"10.0.0.1", "10.0.0.2"}), now).addresses);
  CHECK(names.take(kDb, found({"10.0.0.2"}), now).addresses);
  CHECK(addresses() == Texts{"10.0.0.2"});
}

TEST_CASE_METHOD(Fixture, "a failure keeps what is known, and is tried again with back-off") {
  names.take(kDb, found({"10.0.0.1"}), now);
  for (const Duration expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    const NameChange change = names.take(kDb, kFailure, now);
    CHECK_FALSE(change.addresses);
    CHECK(change.event == (expected == 1s ? Event::failing : Event::none));
    CHECK(pause() == expected);
    now += expected;
  }
  CHECK(addresses() == Texts{"10.0.0.1"});
  CHECK(names.take(kDb, found({"10.0.0.1"}), now).event == Event::answered);
  CHECK(names.take(kDb, kFailure, now).event == Event::failing);
  CHECK(pause() == 1s);
}

TEST_CASE_METHOD(Fixture, "a failure is heard of, too") {
  CHECK(names.take(kDb, kFailure, now).event == Event::failing);
  CHECK(names.unheard_of() == 0);
  CHECK(addresses().empty());
}

TEST_CASE_METHOD(Fixture, "a name that is gone has no addresses from then on") {
  names.take(kDb, found({"10.0.0.1"}), now);
  const NameChange change = names.take(kDb, kNone, now);
  CHECK(change.addresses);
  CHECK(change.event == Event::lost);
  CHECK(addresses().empty());
  CHECK(pause() == 20s);
  CHECK(names.take(kDb, kNone, now).event == Event::none);
  CHECK(names.take(kDb, found({"10.0.0.2"}), now).addresses);
}

TEST_CASE_METHOD(Fixture, "one that never had any is said so once") {
  CHECK(names.take(kDb, kNone, now).event == Event::lost);
  CHECK(names.take(kDb, kNone, now).event == Event::none);
}

TEST_CASE_METHOD(Fixture, "families are followed by themselves") {
  names.set(kWeb, {kDb, kDb6});
  names.take(kDb, found({"10.0.0.1"}), now);
  names.take(kDb6, found({"fd00::1"}), now);
  names.take(kDb6, kNone, now);
  CHECK(addresses() == Texts{"10.0.0.1"});
  CHECK(addresses(kDb6).empty());
}

TEST_CASE_METHOD(Fixture, "a name is kept while anybody has it") {
  names.set(kOther, {kDb});
  names.take(kDb, found({"10.0.0.1"}), now);
  CHECK(names.users(kDb) == FollowedNames::Users{kWeb, kOther});
  names.set(kWeb, {});
  CHECK(names.users(kDb) == FollowedNames::Users{kOther});
  CHECK(addresses() == Texts{"10.0.0.1"});
  names.set(kOther, {kDb6});
  CHECK(names.size() == 1);
  CHECK(addresses().empty());
  CHECK(names.users(kDb).empty());
  CHECK(names.unheard_of() == 1);
  names.set(kOther, {});
  CHECK(names.unheard_of() == 0);
  CHECK(names.next_due() == TimePoint::max());
}

TEST_CASE_METHOD(Fixture, "no more than asked for are taken at a time, and a name has no more than so many addresses") {
  names.set(kOther, {{"a.test", Family::ipv4}, {"b.test", Family::ipv4}});
  CHECK(names.take_due(now, 2).size() == 2);
  CHECK(names.take_due(now, 2).size() == 1);
  Texts many;
  for (int i = 1; i <= 101; ++i) many.push_back("10.0.0." + std::to_string(i));
  names.take(kDb, found(many), now);
  CHECK(addresses().size() == FollowedNames::kMostAddresses);
}

}  // namespace
}  // namespace naru::daemon
