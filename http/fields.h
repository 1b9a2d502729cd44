// Header and trailer fields of one message: what HTTP/1 and HTTP/2 have in common.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace naru::http {

/// Fields that naru reads, writes or removes; every other one is `other` and carried as it is.
enum class FieldName : std::uint8_t {
  other,
  connection,
  content_length,
  content_type,
  cookie,
  date,
  expect,
  forwarded,
  grpc_message,
  grpc_status,
  grpc_timeout,
  host,
  http2_settings,
  keep_alive,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  server,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  via,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_proto,
  x_naru_reason,
  x_request_id,
};

/// Which one `name` is, whatever its case.
[[nodiscard]] FieldName field_name(std::string_view name);
/// In lower case, as HTTP/2 wants it: "content-length". Of `other`: "".
[[nodiscard]] std::string_view to_string(FieldName name);

/// Without regard to the case of ASCII letters, as field names and many values compare (RFC 9110 5.1).
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
/// Whether `token` is a member of `list`, a comma-separated list of tokens, whatever their case (RFC 9110 5.6.1).
[[nodiscard]] bool list_has(std::string_view list, std::string_view token);

/// A part of a FieldBlock's bytes.
struct Slice {
  std::uint32_t at{};
  std::uint32_t size{};

  friend bool operator==(const Slice&, const Slice&) = default;
};

struct Field {
  Slice name;
  Slice value;
  FieldName id{FieldName::other};
  bool sensitive{};  // HPACK "never indexed" (RFC 7541 7.1.3): to be passed on as such
};

/// Fields in the order received, names in the case received, and all their bytes in one piece of memory that is used
/// again for the next message. One thread. At most 4 GiB.
class FieldBlock {
 public:
  /// Forgets all, keeps the memory.
  void clear();

  void add(std::string_view name, std::string_view value, bool sensitive = false);
  void add(FieldName name, std::string_view value);
  /// In place of all that have the name.
  void set(FieldName name, std::string_view value);
  void remove(FieldName name);
  /// Removes each for which predicate(name, value, id) is true.
  template <class Predicate>
  void remove_if(Predicate&& predicate) {
    std::erase_if(fields_,
                  [&](const Field& field) { return predicate(view(field.name), view(field.value), field.id); });
  }

  /// Keeps `bytes` for slices to refer to; returns where. For parsers: copy a whole head once, then index() its fields.
  Slice keep(std::string_view bytes);
  void index(Slice name, Slice value, FieldName id, bool sensitive = false) {
    fields_.push_back({name, value, id, sensitive});
  }

  [[nodiscard]] std::string_view view(Slice slice) const {
    return std::string_view(bytes_).substr(slice.at, slice.size);
  }
  [[nodiscard]] std::string_view name_of(const Field& field) const { return view(field.name); }
  [[nodiscard]] std::string_view value_of(const Field& field) const { return view(field.value); }

  /// The first field of the name, or null. `name` is not `other`.
  [[nodiscard]] const Field* find(FieldName name) const;
  [[nodiscard]] bool has(FieldName name) const { return find(name) != nullptr; }
  /// The value of the first field of the name; "" if there is none.
  [[nodiscard]] std::string_view value_or_empty(FieldName name) const;
  /// The value of the first field called `name` in any case; "" if there is none. For names that are not in FieldName.
  [[nodiscard]] std::string_view find_other(std::string_view name) const;

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  /// Bytes kept, of removed fields too.
  [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

 private:
  std::string bytes_;
  std::vector<Field> fields_;
};

}  // namespace naru::http
