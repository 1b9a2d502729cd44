#include "http/h2_hpack.h"

#include <algorithm>
#include <new>

namespace naru::http {

HpackDecoder::HpackDecoder() {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) != 0) throw std::bad_alloc();
  inflater_.reset(inflater);
}

void HpackDecoder::set_table_size(std::uint32_t size) {
  nghttp2_hd_inflate_change_table_size(inflater_.get(), size);
}

int HpackDecoder::step(std::string_view& block, nghttp2_nv& field) {
  int flags = 0;
  const auto used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags,
                                           reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), 1);
  if (used < 0) return -1;
  block.remove_prefix(static_cast<std::size_t>(used));
  // Neither a field nor the end, and nothing left to make one of.
  if (flags == 0 && block.empty()) return -1;
  return flags;
}

bool HpackDecoder::finish() {
  return nghttp2_hd_inflate_end_headers(inflater_.get()) == 0;
}

HpackEncoder::HpackEncoder(std::uint32_t largest) : largest_(largest) {
  nghttp2_hd_deflater* deflater = nullptr;
  if (nghttp2_hd_deflate_new(&deflater, largest) != 0) throw std::bad_alloc();
  deflater_.reset(deflater);
  set_table_size(4096);  // until the peer says otherwise (RFC 9113 6.5.2)
}

void HpackEncoder::set_table_size(std::uint32_t size) {
  nghttp2_hd_deflate_change_table_size(deflater_.get(), std::min(size, largest_));
}

std::size_t HpackEncoder::bound(std::span<const nghttp2_nv> fields) const {
  return nghttp2_hd_deflate_bound(deflater_.get(), fields.data(), fields.size());
}

std::size_t HpackEncoder::encode(std::span<const nghttp2_nv> fields, char* to, std::size_t room) {
  const auto size =
      nghttp2_hd_deflate_hd(deflater_.get(), reinterpret_cast<std::uint8_t*>(to), room, fields.data(), fields.size());
  if (size < 0) throw std::bad_alloc();  // it fails for want of memory alone, as there is room for bound()
  return static_cast<std::size_t>(size);
}

}  // namespace naru::http
