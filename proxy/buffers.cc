#include "proxy/buffers.h"

#include <fcntl.h>
#include <unistd.h>

namespace naru::proxy {

BufferPool::Buffer BufferPool::get() {
  if (spare_.empty()) return std::make_unique_for_overwrite<char[]>(size_);
  Buffer buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void BufferPool::put(Buffer buffer) {
  if (spare_.size() < kSpare) spare_.push_back(std::move(buffer));
}

std::optional<Pipe> PipePool::get() {
  if (!spare_.empty()) {
    Pipe pipe = std::move(spare_.back());
    spare_.pop_back();
    return pipe;
  }
  int fds[2];
  if (::pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return std::nullopt;
  Pipe pipe{runtime::UniqueFd(fds[1]), runtime::UniqueFd(fds[0])};
  // An unprivileged user's pipes share fs.pipe-user-pages-soft; past it a pipe stays as small as it is, which still
  // works.
  if (::fcntl(fds[1], F_SETPIPE_SZ, kSize) < 0) ::fcntl(fds[1], F_SETPIPE_SZ, kSize / 16);
  return pipe;
}

void PipePool::put(Pipe pipe) {
  if (spare_.size() < kSpare) spare_.push_back(std::move(pipe));
}

}  // namespace naru::proxy
