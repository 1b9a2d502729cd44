// HPACK (RFC 7541): nghttp2's, behind owners and spans.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace naru::http {

struct DeleteInflater {
  void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
};
struct DeleteDeflater {
  void operator()(nghttp2_hd_deflater* deflater) const { nghttp2_hd_deflate_del(deflater); }
};

class HpackDecoder {
 public:
  HpackDecoder();
  /// What this side has announced, once the peer has acknowledged it.
  void set_table_size(std::uint32_t size);

  /// Calls on_field(name, value, sensitive) for each field of the whole `block`. False: it cannot be decoded, and with
  /// it nothing after it on the connection.
  template <class OnField>
  [[nodiscard]] bool decode(std::string_view block, OnField&& on_field) {
    for (;;) {
      nghttp2_nv field{};
      const int flags = step(block, field);
      if (flags < 0) return false;
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        on_field(text(field.name, field.namelen), text(field.value, field.valuelen),
                 (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0);
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) return finish();
    }
  }

 private:
  [[nodiscard]] static std::string_view text(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }
  /// Flags, or negative; takes what it used from `block`.
  [[nodiscard]] int step(std::string_view& block, nghttp2_nv& field);
  bool finish();

  std::unique_ptr<nghttp2_hd_inflater, DeleteInflater> inflater_;
};

class HpackEncoder {
 public:
  /// The table is at most `largest` bytes, whatever the peer would allow.
  explicit HpackEncoder(std::uint32_t largest);
  /// What the peer allows.
  void set_table_size(std::uint32_t size);

  /// The most that encode() of `fields` may need.
  [[nodiscard]] std::size_t bound(std::span<const nghttp2_nv> fields) const;
  /// Writes the block to `to`, which has `room`, at least bound(); returns its size.
  std::size_t encode(std::span<const nghttp2_nv> fields, char* to, std::size_t room);

 private:
  std::uint32_t largest_;
  std::unique_ptr<nghttp2_hd_deflater, DeleteDeflater> deflater_;
};

}  // namespace naru::http
