// The HTTP/1.1 backend behind the proxies: keeps connections, reads bodies that have a Content-Length, and answers by
// path with bodies made once. One receive and one send per small request.
//
//   naru-bench-h1 ADDRESS PORT COUNTS_PORT
//
// /64k and /1m answer that many bytes, everything else answers two. COUNTS_PORT: see http_server.h.
#include <strings.h>

#include <algorithm>
#include <string_view>

#include "http_server.h"

namespace naru::bench {
namespace {

struct Reply {
  explicit Reply(std::size_t size) {
    const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n";
    keeping = start + "\r\n" + std::string(size, 'x');
    closing = start + "Connection: close\r\n\r\n" + std::string(size, 'x');
  }
  std::string keeping;
  std::string closing;
};

const Reply& reply_to(std::string_view head) {
  static const Reply small(2);
  static const Reply medium(64 << 10);
  static const Reply large(1 << 20);
  const std::size_t path = head.find(' ') + 1;
  if (head.compare(path, 5, "/64k ") == 0) return medium;
  return head.compare(path, 4, "/1m ") == 0 ? large : small;
}

/// The value of `name` in `head`, or nothing. Proxies write names in any case.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n") + 2; at + name.size() < head.size(); at = head.find("\r\n", at) + 2) {
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        strncasecmp(line.data(), name.data(), name.size()) == 0)
      return line.substr(line.find_first_not_of(" ", name.size() + 1));
  }
  return {};
}

class Http1Session {
 public:
  Http1Session(int fd, Counts& counts) : fd_(fd), counts_(counts) {}

  bool ready() {
    if (blocked()) return write() && (blocked() || answer_held());
    static std::array<char, 65536> buffer;
    const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) return n < 0 && would_block();
    held_.append(buffer.data(), static_cast<std::size_t>(n));
    return answer_held();
  }

  [[nodiscard]] bool blocked() const { return !reply_.empty(); }

 private:
  /// Answers each whole request among the bytes held. False when the connection is over.
  bool answer_held() {
    std::string_view rest = held_;
    while (take_request(rest)) {
      ++counts_.requests;
      if (!write()) return false;
      if (blocked()) break;
    }
    held_.erase(0, held_.size() - rest.size());
    return !broken_;
  }

  /// True when the request that `rest` begins with (or goes on with) is whole; then `reply_` is its answer.
  bool take_request(std::string_view& rest) {
    if (!in_body_) {
      const std::size_t end = rest.find("\r\n\r\n");
      if (end == std::string_view::npos) return false;
      read_head(rest.substr(0, end + 4));
      rest.remove_prefix(end + 4);
    }
    const std::size_t taken = std::min(body_left_, rest.size());
    rest.remove_prefix(taken);
    body_left_ -= taken;
    in_body_ = body_left_ > 0;
    if (in_body_ || broken_) return false;
    reply_ = last_ ? answer_->closing : answer_->keeping;
    return true;
  }

  void read_head(std::string_view head) {
    answer_ = &reply_to(head);
    body_left_ = std::strtoul(std::string(field(head, "content-length")).c_str(), nullptr, 10);
    last_ = field(head, "connection") == "close";
    broken_ =
        !field(head, "transfer-encoding").empty();  // no load here sends one; a proxy that makes one is to be seen
  }

  bool write() {
    const ssize_t n = send(fd_, reply_.data(), reply_.size(), MSG_NOSIGNAL);
    if (n < 0) return would_block();
    reply_.remove_prefix(static_cast<std::size_t>(n));
    return !(last_ && reply_.empty());
  }

  int fd_;
  Counts& counts_;
  std::string held_;        // what was read and not yet taken; empty between requests
  const Reply* answer_{};   // of the request that is being read
  std::string_view reply_;  // what is still to be sent
  std::size_t body_left_{};
  bool in_body_{};
  bool last_{};
  bool broken_{};
};

}  // namespace
}  // namespace naru::bench

int main(int argc, char** argv) {
  return naru::bench::serve_http<naru::bench::Http1Session>(argc, argv);
}
