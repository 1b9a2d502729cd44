// What an HTTP/2 session has to write: one piece of memory, read from the front.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace naru::http {

class H2Output {
 public:
  /// Room for `size` bytes at the end, to be written there and then commit()ed.
  [[nodiscard]] char* reserve(std::size_t size) {
    if (capacity_ - end_ < size) make_room(size);
    return memory_.get() + end_;
  }
  void commit(std::size_t size) { end_ += size; }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
  }

  [[nodiscard]] std::string_view view() const { return {memory_.get() + begin_, size()}; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  void consume(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Gives the memory back if it is more than an idle connection should hold. Only when empty().
  void shrink() {
    if (capacity_ <= kIdleCapacity) return;
    memory_.reset();
    capacity_ = 0;
  }

 private:
  static constexpr std::size_t kIdleCapacity = 4096;
  void make_room(std::size_t size);

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_{0};
  std::size_t begin_{0};
  std::size_t end_{0};
};

}  // namespace naru::http
