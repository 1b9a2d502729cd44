#include "daemon/data_plane.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace naru::daemon {

/// What lives on one worker. `proxy` and `dns` are touched on its thread only.
struct DataPlane::DataWorker {
  explicit DataWorker(unsigned index) : worker(index) {}

  runtime::Worker worker;
  std::unique_ptr<proxy::WorkerProxy> proxy;
  std::unique_ptr<dns::WorkerDns> dns;
  std::uint64_t acknowledged{};  // control thread
};

DataPlane::DataPlane(boost::asio::io_context& control, unsigned workers, std::size_t connections_per_worker,
                     const dns::WorkerOptions& dns, const std::vector<std::shared_ptr<dns::QueryLogRing>>& query_logs,
                     std::shared_ptr<const proxy::Interception> interception, DataPlaneEvents events)
    : control_(control), events_(std::move(events)) {
  for (unsigned i = 0; i < workers; ++i) workers_.push_back(std::make_unique<DataWorker>(i));
  for (auto& each : workers_) {
    DataWorker& data = *each;
    data.worker.start();
    data.worker.run_and_wait([&] {
      const unsigned index = data.worker.index();
      data.proxy = std::make_unique<proxy::WorkerProxy>(data.worker.reactor(), index, proxy_reports(index),
                                                        connections_per_worker, interception);
      dns::WorkerOptions own = dns;
      own.held = dns::share_of(dns.held, index, workers);
      if (index < query_logs.size()) own.query_log = query_logs[index];
      data.dns = std::make_unique<dns::WorkerDns>(data.worker.reactor(), std::move(own), dns_reports(index));
    });
  }
}

DataPlane::~DataPlane() {
  *alive_ = false;
  for (auto& each : workers_) {
    each->worker.run_and_wait([&] {
      each->proxy->abort();
      each->proxy.reset();
      each->dns.reset();
    });
  }
  // All threads end before any worker goes: one may still be posting to another.
  for (auto& each : workers_) each->worker.stop_and_join();
}

void DataPlane::post_to_control(std::function<void()> task) {
  boost::asio::post(control_, [alive = alive_, task = std::move(task)] {
    if (*alive) task();
  });
}

proxy::Reports DataPlane::proxy_reports(unsigned index) {
  proxy::Reports reports;
  reports.on_listen_result = [this, index](const proxy::FrontendKey& key, std::optional<Error> error) {
    post_to_control([this, index, key, error = std::move(error)] { events_.on_proxy_listen(index, key, error); });
  };
  reports.on_connection_ended = events_.on_connection_ended;
  reports.on_request_ended = events_.on_request_ended;
  reports.on_affinity_learned = [this, index](const proxy::LearnedAffinity& learned) {
    share_affinity(index, learned);
  };
  return reports;
}

dns::Reports DataPlane::dns_reports(unsigned index) {
  dns::Reports reports;
  reports.on_listen_result = [this, index](const dns::ListenKey& key, std::optional<Error> error) {
    post_to_control([this, index, key, error = std::move(error)] { events_.on_dns_listen(index, key, error); });
  };
  return reports;
}

/// From worker to worker, past the control thread: the client's next connection may come within microseconds.
void DataPlane::share_affinity(unsigned from, const proxy::LearnedAffinity& learned) {
  for (auto& each : workers_) {
    if (each->worker.index() == from) continue;
    each->worker.post([data = each.get(), learned] {
      if (data->proxy) data->proxy->learn_affinity(learned);
    });
  }
}

void DataPlane::publish(std::shared_ptr<const Snapshot> snapshot) {
  for (auto& each : workers_) {
    each->worker.post([this, data = each.get(), snapshot] {
      data->proxy->apply(snapshot->table);
      data->dns->apply(snapshot->generation, snapshot->zone);
      post_to_control(
          [this, index = data->worker.index(), generation = snapshot->generation] { acknowledge(index, generation); });
    });
  }
}

void DataPlane::acknowledge(unsigned index, std::uint64_t generation) {
  workers_[index]->acknowledged = generation;
  const auto slowest = std::ranges::min_element(workers_, {}, [](const auto& each) { return each->acknowledged; });
  if ((*slowest)->acknowledged <= in_force_) return;
  in_force_ = (*slowest)->acknowledged;
  events_.on_in_force(in_force_);
}

void DataPlane::retry_failed() {
  for (auto& each : workers_) {
    each->worker.post([data = each.get()] {
      data->proxy->retry_failed();
      data->dns->retry_failed();
    });
  }
}

template <class Drain>
void DataPlane::drain_each(Drain drain, std::function<void()> on_drained) {
  auto left = std::make_shared<std::size_t>(workers_.size());
  const auto one_done = [this, left, on_drained = std::move(on_drained)] {
    post_to_control([left, on_drained] {
      if (--*left == 0) on_drained();
    });
  };
  for (auto& each : workers_) {
    each->worker.post([data = each.get(), drain, one_done] { drain(*data, one_done); });
  }
}

void DataPlane::drain_proxies(std::function<void()> on_drained) {
  drain_each([](DataWorker& worker, const auto& done) { worker.proxy->drain(done); }, std::move(on_drained));
}

void DataPlane::drain_dns(std::function<void()> on_drained) {
  drain_each([](DataWorker& worker, const auto& done) { worker.dns->drain(done); }, std::move(on_drained));
}

void DataPlane::hand_over_proxies(std::function<void()> on_drained) {
  drain_each([](DataWorker& worker, const auto& done) { worker.proxy->hand_over(done); }, std::move(on_drained));
}

void DataPlane::hand_over_dns(std::function<void()> on_drained) {
  drain_each([](DataWorker& worker, const auto& done) { worker.dns->hand_over(done); }, std::move(on_drained));
}

DataPlane::Shared DataPlane::share() const {
  Shared shared;
  for (const auto& each : workers_) {
    each->worker.run_and_wait([&] {
      shared.proxies.push_back(each->proxy->share());
      shared.dns.push_back(each->dns->share());
    });
  }
  return shared;
}

void DataPlane::inherit(std::vector<proxy::Legacy> proxies) {
  for (std::size_t i = 0; i < workers_.size() && i < proxies.size(); ++i) {
    workers_[i]->worker.run_and_wait([&] { workers_[i]->proxy->inherit(std::move(proxies[i])); });
  }
}

void DataPlane::learn_affinity(const proxy::LearnedAffinity& learned) {
  for (auto& each : workers_) {
    each->worker.post([data = each.get(), learned] { data->proxy->learn_affinity(learned); });
  }
}

void DataPlane::set_cookie_secrets(const dns::CookieSecrets& secrets) {
  for (auto& each : workers_) {
    each->worker.post([data = each.get(), secrets] { data->dns->set_cookie_secrets(secrets); });
  }
}

/// The first worker's cache and upstreams are as good as any's.
void DataPlane::look_up(const dns::Name& name, Family family, std::function<void(dns::AddressAnswer)> done) {
  workers_.front()->worker.post(
      [this, data = workers_.front().get(), query = dns::address_query(name, family), family, done = std::move(done)] {
        data->dns->look_up(query, [this, family, done](std::span<const std::uint8_t> reply) {
          post_to_control([done, answer = dns::read_addresses(reply, family)] { done(answer); });
        });
      });
}

std::vector<proxy::ConnectionRecord> DataPlane::connections() const {
  std::vector<proxy::ConnectionRecord> all;
  for (const auto& each : workers_) {
    each->worker.run_and_wait([&] {
      auto some = each->proxy->connections();
      all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    });
  }
  return all;
}

std::vector<const dns::Metrics*> DataPlane::dns_metrics() const {
  std::vector<const dns::Metrics*> all;
  for (const auto& each : workers_) all.push_back(&each->dns->metrics());
  return all;
}

}  // namespace naru::daemon
