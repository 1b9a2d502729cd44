// What one change costs DNS among many names: in the control thread (the zone and a copy of it for the snapshot) and in
// a worker (the difference, taken into its flat table of names).
//
//   naru-bench-zone NAMES ENDPOINTS CHANGES
//
// NAMES: of all Services together, three each. ENDPOINTS: of the headless Service in which one endpoint moves.
// Prints {"names", "changes", "control_us", "worker_us", "touched", "build_seconds"}; the times are medians of a
// change.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "dns/name_index.h"
#include "dns/zone.h"

namespace naru::bench {
namespace {

using Clock = std::chrono::steady_clock;
using dns::EndpointRecord;
using dns::RecordSet;
using dns::ServiceRecords;
using dns::Zone;

ServiceRecords plain_service(unsigned i) {
  ServiceRecords records;
  records.service = {fmt::format("ns{}", i % 100), fmt::format("s{:06}", i)};
  records.cluster_ips = {IpAddress::v4(0x0a600000U + i)};
  records.ports = {{"http", Protocol::tcp, Port(80)}};
  return records;
}

ServiceRecords watched_service(unsigned endpoints, unsigned turn) {
  ServiceRecords records;
  records.service = {"ns0", "watched"};
  records.headless = true;
  for (unsigned i = 0; i + 1 < endpoints; ++i)
    records.endpoints.push_back({IpAddress::v4(0x0a010000U + i), "", true, {}});
  records.endpoints.push_back({IpAddress::v4(0x0a800000U + turn % 2), "", true, {}});
  return records;
}

double median_us(std::vector<double>& seconds) {
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle * 1e6;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A worker's table of names, brought from one zone to the next. Returns how many names differed.
std::size_t take(dns::NameIndex& index, const Zone& before, const Zone& after) {
  std::size_t touched = 0;
  Zone::for_each_change(before, after, [&](const RecordSet* was, const RecordSet* is) {
    ++touched;
    if (was != nullptr) index.erase(*was);
    if (is != nullptr) index.insert(*is);
  });
  return touched;
}

void run(unsigned names, unsigned endpoints, unsigned changes) {
  const auto began = Clock::now();
  dns::ZoneOptions options;
  options.service_cidrs = {*Cidr::parse("10.96.0.0/12")};
  Zone zone(options);
  for (unsigned i = 0; i < names / 3; ++i) zone.set_service(plain_service(i));
  zone.set_service(watched_service(endpoints, 0));
  zone.set_synced(true);
  const double built = seconds_since(began);
  Zone held = zone;  // the worker's
  dns::NameIndex index;
  Zone::for_each_name(held, [&](const RecordSet& records) { index.insert(records); });
  std::vector<double> control;
  std::vector<double> worker;
  std::size_t touched = 0;
  for (unsigned turn = 1; turn <= changes; ++turn) {
    ServiceRecords next = watched_service(endpoints, turn);
    const auto start = Clock::now();
    zone.set_service(std::move(next));
    Zone snapshot = zone;
    control.push_back(seconds_since(start));
    const auto posted = Clock::now();
    touched = take(index, held, snapshot);
    held = std::move(snapshot);
    worker.push_back(seconds_since(posted));
  }
  fmt::print(
      R"({{"names": {}, "changes": {}, "control_us": {:.3f}, "worker_us": {:.3f}, "touched": {}, "build_seconds": {:.3f}}})"
      "\n",
      zone.names(), changes, median_us(control), median_us(worker), touched, built);
}

}  // namespace
}  // namespace naru::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s NAMES ENDPOINTS CHANGES\n", argv[0]);
    return 2;
  }
  const auto number = [&](int i) { return static_cast<unsigned>(std::max(1, std::atoi(argv[i]))); };
  naru::bench::run(number(1), number(2), number(3));
}
