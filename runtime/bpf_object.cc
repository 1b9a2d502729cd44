#include "runtime/bpf_object.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/log.h"

namespace naru::runtime {
namespace {

thread_local std::string reason;  // what libbpf or the verifier said last, on this thread

/// The line of a warning that tells most: of the verifier's log the last, before its statistics and libbpf's frame.
std::string_view telling_line(std::string_view text) {
  std::string_view best;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty() && !line.starts_with("processed ") && !line.starts_with("-- END")) best = line;
  }
  return best;
}

int print(libbpf_print_level level, const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (size <= 0) return size;
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), format, arguments);
  text.pop_back();
  log::debug("{}", text);
  if (level == LIBBPF_WARN && (reason.empty() || text.find("BEGIN PROG LOAD LOG") != text.npos)) {
    reason = telling_line(text);
  }
  return size;
}

Error bpf_error(int error_number, const std::string& what) {
  const Errc code = error_number == EPERM ? Errc::permission : Errc::unavailable;
  const std::string why = reason.empty() ? std::string() : fmt::format(" ({})", reason);
  return {code, fmt::format("{}: {}{}", what, std::strerror(error_number), why)};
}

const char* at(const void* items, std::size_t index, std::size_t size) {
  return static_cast<const char*>(items) + index * size;
}

}  // namespace

Result<void> bpf_update_all(int map, const char* name, const void* keys, std::size_t key_size, const void* values,
                            std::size_t value_size, std::size_t count) {
  auto done = static_cast<std::uint32_t>(count);
  // Not every kind of map has batches, and a batch that failed says how far it came.
  if (count > 1) {
    if (::bpf_map_update_batch(map, keys, values, &done, nullptr) == 0) return {};
    if (done >= count) done = 0;
  } else {
    done = 0;
  }
  for (std::size_t i = done; i < count; ++i) {
    if (::bpf_map_update_elem(map, at(keys, i, key_size), at(values, i, value_size), BPF_ANY) == 0) continue;
    reason.clear();
    return bpf_error(errno, fmt::format("cannot write to the BPF map {}", name));
  }
  return {};
}

Result<void> bpf_erase_all(int map, const char* name, const void* keys, std::size_t key_size, std::size_t count) {
  auto done = static_cast<std::uint32_t>(count);
  if (count > 1 && ::bpf_map_delete_batch(map, keys, &done, nullptr) == 0) return {};
  for (std::size_t i = 0; i < count; ++i) {
    if (::bpf_map_delete_elem(map, at(keys, i, key_size)) == 0 || errno == ENOENT || errno == EINVAL) continue;
    reason.clear();
    return bpf_error(errno, fmt::format("cannot delete from the BPF map {}", name));
  }
  return {};
}

Result<BpfObject> BpfObject::load(const bpf::Image& image, const std::function<void(bpf_object&)>& configure) {
  libbpf_set_print(print);
  reason.clear();
  const auto fail = [&] { return bpf_error(errno, fmt::format("cannot load the BPF program {}", image.name)); };
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.object_name = image.name;
  std::unique_ptr<bpf_object, Close> object(bpf_object__open_mem(image.bytes.data(), image.bytes.size(), &options));
  if (!object) return fail();
  if (configure) configure(*object);
  if (bpf_object__load(object.get()) != 0) return fail();
  return BpfObject(std::move(object));
}

Result<int> BpfObject::map_fd(const char* name, std::size_t key_size, std::size_t value_size) const {
  const bpf_map* map = bpf_object__find_map_by_name(object_.get(), name);
  if (map == nullptr || bpf_map__key_size(map) != key_size || bpf_map__value_size(map) != value_size) {
    return Error{Errc::bad_input, fmt::format("no BPF map {} of these keys and values", name)};
  }
  return bpf_map__fd(map);
}

Result<int> BpfObject::program(const char* name) const {
  const bpf_program* program = bpf_object__find_program_by_name(object_.get(), name);
  if (program == nullptr) return Error{Errc::bad_input, fmt::format("no BPF program {}", name)};
  return bpf_program__fd(program);
}

Result<UniqueFd> attach_bpf(int program, int target, bpf_attach_type type) {
  reason.clear();
  UniqueFd link(::bpf_link_create(program, target, type, nullptr));
  if (!link) return bpf_error(errno, "cannot attach a BPF program");
  return link;
}

}  // namespace naru::runtime
