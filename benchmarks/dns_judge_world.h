// What naru-dns-judge knows of the truth: three names, one of which it moves itself, and what may be said of each when.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "socket.h"

namespace naru::bench {

enum class Kind : std::uint8_t { moving, stable, gone };  // names of the namespace shop
constexpr std::size_t kHeader = 12;

inline std::vector<std::uint8_t> question(Kind kind) {
  constexpr const char* kNames[] = {"moving", "stable", "gone"};
  std::vector<std::uint8_t> message{0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  for (const std::string label : {kNames[static_cast<int>(kind)], "shop", "svc", "cluster", "local"}) {
    message.push_back(static_cast<std::uint8_t>(label.size()));
    message.insert(message.end(), label.begin(), label.end());
  }
  message.insert(message.end(), {0, 0, 1, 0, 1});
  return message;
}

/// Seconds of one clock for all threads; from 1, so that 0 can mean never.
class Stopwatch {
 public:
  [[nodiscard]] double now() const { return 1 + seconds_since(start_); }

 private:
  Clock::time_point start_{Clock::now()};
};

/// The moving name's versions: version v is the address 10.(v>>16).(v>>8).v. One thread writes, any reads.
class Versions {
 public:
  Versions(std::filesystem::path file, std::size_t most, const Stopwatch& watch)
      : file_(std::move(file)), written_at_(most + 1), watch_(watch) {}

  /// Writes the next version as editors do: elsewhere, and then renamed into place.
  void move() {
    const std::uint32_t version = begun_.load() + 1;
    begun_ = version;
    const auto temporary = file_.parent_path().parent_path() / "judge.new";
    std::ofstream(temporary) << "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  name: moving-1\n"
                                "  namespace: shop\n  labels: {kubernetes.io/service-name: moving}\n"
                                "addressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints:\n  - addresses: [10."
                             << (version >> 16) << "." << (version >> 8 & 255) << "." << (version & 255) << "]\n";
    std::filesystem::rename(temporary, file_);
    written_at_[version] = watch_.now();
    written_.store(version, std::memory_order_release);
  }
  [[nodiscard]] bool full() const { return begun_ + 1 >= written_at_.size(); }
  [[nodiscard]] std::uint32_t begun() const { return begun_; }
  /// For how long `version` had been out of date when it was asked for; at most 0: it was not.
  [[nodiscard]] double age_when_asked(std::uint32_t version, double asked_at) const {
    return version >= written_.load(std::memory_order_acquire) ? 0 : asked_at - written_at_[version + 1];
  }

 private:
  std::filesystem::path file_;
  std::vector<double> written_at_;
  std::atomic<std::uint32_t> begun_{0};
  std::atomic<std::uint32_t> written_{0};
  const Stopwatch& watch_;
};

struct Findings {
  std::uint64_t sent{}, answered{}, lost{}, wrong{}, late{}, reconnected{};
  std::uint64_t moving{}, over_10ms{};  // of the moving name: all, and those that had been out of date for longer
  double oldest{};                      // seconds
  std::string first_wrong;
};

/// Says whether a reply is right, and counts.
class Judge {
 public:
  Judge(const Versions& versions, in_addr stable, double bound) : versions_(versions), bound_(bound) {
    std::memcpy(stable_, &stable, sizeof stable_);
  }

  void judge(Kind kind, double asked_at, const std::uint8_t* reply, std::size_t size) {
    ++findings.answered;
    const auto& asked = questions_[static_cast<int>(kind)];
    const bool ours = size >= asked.size() && (reply[2] & 0x84) == 0x84 && reply[4] == 0 && reply[5] == 1 &&
                      std::memcmp(reply + kHeader, asked.data() + kHeader, asked.size() - kHeader) == 0;
    if (!ours || !says(kind, asked_at, reply, size, asked.size())) note_wrong(kind, reply, size);
  }

  const std::vector<std::uint8_t> questions_[3] = {question(Kind::moving), question(Kind::stable),
                                                   question(Kind::gone)};
  Findings findings;

 private:
  bool says(Kind kind, double asked_at, const std::uint8_t* reply, std::size_t size, std::size_t end) {
    const int code = reply[3] & 15;
    const int answers = reply[6] << 8 | reply[7];
    if (kind == Kind::gone) return code == 3 && answers == 0 && reply[9] == 1;
    constexpr std::uint8_t kRecord[] = {0xc0, 0x0c, 0, 1, 0, 1};
    const std::uint8_t* record = reply + end;
    const bool one = code == 0 && answers == 1 && size == end + 16 && std::memcmp(record, kRecord, 6) == 0;
    if (!one || kind == Kind::stable) return one && std::memcmp(record + 12, stable_, 4) == 0;
    const auto version = static_cast<std::uint32_t>(record[13] << 16 | record[14] << 8 | record[15]);
    if (record[12] != 10 || version == 0 || version > versions_.begun()) return false;
    const double age = versions_.age_when_asked(version, asked_at);
    ++findings.moving;
    findings.oldest = std::max(findings.oldest, age);
    if (age > 0.01) ++findings.over_10ms;
    if (age > bound_) ++findings.late;
    return true;
  }

  void note_wrong(Kind kind, const std::uint8_t* reply, std::size_t size) {
    if (findings.wrong++ > 0) return;
    findings.first_wrong = std::to_string(static_cast<int>(kind)) + ":";
    constexpr char kDigits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < std::min<std::size_t>(size, 200); ++i) {
      findings.first_wrong += {kDigits[reply[i] >> 4], kDigits[reply[i] & 15]};
    }
  }

  const Versions& versions_;
  double bound_;
  std::uint8_t stable_[4];
};

}  // namespace naru::bench
