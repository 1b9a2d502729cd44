// One request and what came back.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "demo/load/outcome.h"

namespace naru::demo {

enum class Protocol { http1, h2, grpc };

/// Who is asked, and how.
struct Target {
  Protocol protocol{Protocol::http1};
  std::string host;     // address:port, as the Host header has it
  bool posting{false};  // a POST, whose body comes back; else a GET
};

/// Known by its id, which the server must send back, as it must the body.
class Exchange {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(const Exchange&, Outcome)>;

  Exchange(std::string id, const Target& target, std::size_t size, Done done);

  // The request.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::string_view method() const { return posting_ ? "POST" : "GET"; }
  [[nodiscard]] std::string path() const;
  [[nodiscard]] const std::string& body() const { return body_; }
  [[nodiscard]] Protocol protocol() const { return protocol_; }

  // The answer, as it comes.
  void take_header(std::string_view name, std::string_view value);
  void take_data(std::string_view data) { answer_.append(data); }

  /// Once: the whole answer is there; or nothing more will come of it, for that reason. Later calls change nothing.
  void complete();
  void fail(Outcome outcome, std::string_view why);
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] bool answered() const { return status_ != 0; }

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] int grpc_status() const { return grpc_status_; }
  [[nodiscard]] const std::string& pod() const { return pod_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  [[nodiscard]] Outcome judge() const;
  void finish(Outcome outcome);

  std::string id_;
  Protocol protocol_;
  bool posting_;
  std::size_t size_;
  std::string body_;
  Done done_;
  int status_{0};
  int grpc_status_{-1};
  std::string pod_;
  std::string reason_;
  std::string answered_id_;
  std::string answer_;
  bool finished_{false};
};

}  // namespace naru::demo
