// process_*: the process as the kernel sees it.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "daemon/metric_family.h"
#include "daemon/metrics_collect.h"

namespace naru::daemon {
namespace {

/// The fields of /proc/self/stat from the third on (proc(5) counts from 1): the second, the name, may hold anything.
struct Stat {
  std::vector<double> fields;

  static Stat read() {
    std::ifstream file("/proc/self/stat");
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    Stat stat;
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return stat;
    std::istringstream words(text.substr(name_end + 4));  // past ") S"
    for (double value = 0; words >> value;) stat.fields.push_back(value);
    return stat;
  }

  [[nodiscard]] double field(std::size_t number) const { return number - 4 < fields.size() ? fields[number - 4] : 0; }
};

std::size_t open_descriptors() {
  std::error_code ignored;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", ignored), end; at != end; at.increment(ignored)) ++count;
  return count;
}

double boot_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

}  // namespace

void collect_process(Families& families) {
  const Stat stat = Stat::read();
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  families.push_back(single(counters("process_cpu_seconds_total", "User and system CPU time spent."),
                            (stat.field(14) + stat.field(15)) / ticks));
  families.push_back(single(gauges("process_start_time_seconds", "Start time of the process since the epoch."),
                            boot_seconds() + stat.field(22) / ticks));
  families.push_back(single(gauges("process_virtual_memory_bytes", "Virtual memory size."), stat.field(23)));
  families.push_back(single(gauges("process_resident_memory_bytes", "Resident memory size."), stat.field(24) * page));
  families.push_back(single(gauges("process_open_fds", "Open file descriptors."), open_descriptors()));
  families.push_back(single(gauges("process_max_fds", "File descriptors that may be open."),
                            static_cast<double>(::sysconf(_SC_OPEN_MAX))));
}

}  // namespace naru::daemon
