// What one side of a request was lent and could not pass on at once.
#pragma once

#include <string>
#include <string_view>

#include "http/fields.h"

namespace naru::proxy {

/// Content of one HTTP/2 stream: never more than its window. The memory is used again.
class HeldContent {
 public:
  /// Nothing is waiting, not even an end.
  [[nodiscard]] bool empty() const { return bytes().empty() && !end_ && !has_trailers_; }
  [[nodiscard]] std::string_view bytes() const { return std::string_view(bytes_).substr(offset_); }
  /// The bytes are the last ones, and no trailers follow.
  [[nodiscard]] bool end() const { return end_; }
  [[nodiscard]] bool has_trailers() const { return has_trailers_; }
  [[nodiscard]] http::FieldBlock& trailers() { return trailers_; }

  void add(std::string_view bytes, bool end) {
    bytes_.append(bytes);
    end_ = end;
  }
  void add_trailers(http::FieldBlock& trailers) {
    std::swap(trailers_, trailers);
    has_trailers_ = true;
  }
  /// The first `size` bytes were passed on; with the last of them the end.
  void passed_on(std::size_t size) {
    offset_ += size;
    if (offset_ != bytes_.size()) return;
    bytes_.clear();
    offset_ = 0;
    end_ = false;
  }
  void clear() {
    constexpr std::size_t kKept = 4096;
    if (bytes_.capacity() > kKept) std::string().swap(bytes_);
    bytes_.clear();
    offset_ = 0;
    end_ = has_trailers_ = false;
    trailers_.clear();
  }

 private:
  std::string bytes_;
  std::size_t offset_{0};
  bool end_{false};
  bool has_trailers_{false};
  http::FieldBlock trailers_;
};

}  // namespace naru::proxy
