#include "demo/load/recorder.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <system_error>

namespace naru::demo {

namespace json = boost::json;
using Milliseconds = std::chrono::duration<double, std::milli>;

Recorder::Recorder(const std::string& path) : file_(std::fopen(path.c_str(), "we")) {
  if (!file_) throw std::system_error(errno, std::generic_category(), path);
}

void Recorder::record(const Exchange& exchange, Outcome outcome, std::chrono::system_clock::time_point due,
                      std::chrono::microseconds took) {
  ++outcomes_[static_cast<std::size_t>(outcome)];
  times_.push_back(Milliseconds(took).count());
  const auto begun = std::chrono::duration_cast<std::chrono::milliseconds>(due.time_since_epoch()).count();
  json::object line{{"id", exchange.id()},
                    {"method", json::string_view(exchange.method().data(), exchange.method().size())},
                    {"due", begun},
                    {"took", times_.back()},
                    {"outcome", to_string(outcome)},
                    {"status", exchange.status()}};
  if (exchange.grpc_status() >= 0) line["grpc"] = exchange.grpc_status();
  if (!exchange.pod().empty()) line["pod"] = exchange.pod();
  if (outcome != Outcome::ok) line["reason"] = exchange.reason();
  const auto text = json::serialize(line) + "\n";
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) std::perror("naru-load");
}

double Recorder::quantile(double share) const {
  if (times_.empty()) return 0;
  auto sorted = times_;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return *at;
}

std::string Recorder::summary(std::uint64_t sent, std::chrono::steady_clock::duration late) const {
  json::object outcomes;
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    if (outcomes_[i] > 0) outcomes[to_string(static_cast<Outcome>(i))] = outcomes_[i];
  }
  const json::object times{{"p50", quantile(0.5)}, {"p99", quantile(0.99)}, {"max", quantile(1)}};
  return json::serialize(
      json::object{{"sent", sent}, {"late", Milliseconds(late).count()}, {"outcomes", outcomes}, {"ms", times}});
}

}  // namespace naru::demo
