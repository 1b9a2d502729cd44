// Programs for the kernel: loaded, filled and attached, each thing with an owner.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "bpf/images.h"
#include "runtime/unique_fd.h"

namespace naru::runtime {

/// Of a map; `count` keys, and values, that stand one after another. In few system calls where the kernel can, one by
/// one otherwise. Errors name the map; what came before the failure is done.
[[nodiscard]] Result<void> bpf_update_all(int map, const char* name, const void* keys, std::size_t key_size,
                                          const void* values, std::size_t value_size, std::size_t count);
/// What is not there is not missed.
[[nodiscard]] Result<void> bpf_erase_all(int map, const char* name, const void* keys, std::size_t key_size,
                                         std::size_t count);

/// A map of a BpfObject, valid as long as that is. Any thread: the kernel orders what is done to a map.
template <class Key, class Value>
class BpfMap {
 public:
  BpfMap() = default;
  BpfMap(int fd, const char* name) : fd_(fd), name_(name) {}

  /// As many keys as values. An entry that is there is replaced.
  [[nodiscard]] Result<void> update(std::span<const Key> keys, std::span<const Value> values) const {
    return bpf_update_all(fd_, name_, keys.data(), sizeof(Key), values.data(), sizeof(Value),
                          std::min(keys.size(), values.size()));
  }
  [[nodiscard]] Result<void> update(const Key& key, const Value& value) const {
    return bpf_update_all(fd_, name_, &key, sizeof(Key), &value, sizeof(Value), 1);
  }
  [[nodiscard]] Result<void> erase(std::span<const Key> keys) const {
    return bpf_erase_all(fd_, name_, keys.data(), sizeof(Key), keys.size());
  }
  [[nodiscard]] Result<void> erase(const Key& key) const { return bpf_erase_all(fd_, name_, &key, sizeof(Key), 1); }
  [[nodiscard]] std::optional<Value> find(const Key& key) const {
    Value value{};
    return ::bpf_map_lookup_elem(fd_, &key, &value) == 0 ? std::optional(value) : std::nullopt;
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_{-1};
  const char* name_{""};
};

/// One image, with its programs and maps in the kernel. They go with it, but for what is still attached.
class BpfObject {
 public:
  /// `configure` is called between opening and loading: to set a map's size, or leave a program out. What libbpf and
  /// the verifier say goes to our log, at level debug; an error's message ends with the last of it.
  /// Errors: permission, where this process may not (see bpf_access()); else unavailable.
  static Result<BpfObject> load(const bpf::Image& image, const std::function<void(bpf_object&)>& configure = {});

  /// Its keys and values must have the sizes of Key and Value: otherwise, and without such a map, bad_input.
  template <class Key, class Value>
  [[nodiscard]] Result<BpfMap<Key, Value>> map(const char* name) const {
    const auto fd = map_fd(name, sizeof(Key), sizeof(Value));
    if (!fd) return fd.error();
    return BpfMap<Key, Value>(*fd, name);
  }
  /// The descriptor of a program, which stays the object's.
  [[nodiscard]] Result<int> program(const char* name) const;

 private:
  struct Close {
    void operator()(bpf_object* object) const { bpf_object__close(object); }
  };
  explicit BpfObject(std::unique_ptr<bpf_object, Close> object) : object_(std::move(object)) {}
  [[nodiscard]] Result<int> map_fd(const char* name, std::size_t key_size, std::size_t value_size) const;

  std::unique_ptr<bpf_object, Close> object_;
};

/// Attaches `program` to what `target` is open on: a network namespace, a cgroup. It is detached when the link that is
/// returned is closed, so at the end of the process in any case.
[[nodiscard]] Result<UniqueFd> attach_bpf(int program, int target, bpf_attach_type type);

}  // namespace naru::runtime
