#include "dns/rdata_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/address.h"
#include "dns/name.h"

namespace naru::dns {
namespace {

/// Takes RDATA apart from the front. Once something was not there, everything is missing.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t size) {
    if (size > rest_.size()) good_ = false;
    if (!good_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const char byte : take(size)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::string name() {
    ParsedName parsed;
    std::size_t at = 0;
    good_ = good_ && parsed.read_uncompressed({reinterpret_cast<const std::uint8_t*>(rest_.data()), rest_.size()}, at);
    const std::string_view written = take(good_ ? at : 0);
    return good_ ? presentation(written) : std::string();
  }
  [[nodiscard]] bool all_read() const { return good_ && rest_.empty(); }
  [[nodiscard]] bool more() const { return good_ && !rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_{true};
};

std::string strings_text(Reader& reader) {
  std::string text;
  while (reader.more()) {
    if (!text.empty()) text += ' ';
    text += '"';
    for (const char c : reader.take(reader.number(1))) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < ' ' || byte > '~') {
        text += fmt::format("\\{:03}", byte);
        continue;
      }
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text;
}

std::string ipv6_text(Reader& reader) {
  std::array<std::uint8_t, 16> bytes{};
  const std::string_view taken = reader.take(bytes.size());
  std::copy(taken.begin(), taken.end(), bytes.begin());
  return IpAddress::v6(bytes).to_string();
}

std::string soa_text(Reader& reader) {
  std::string text = reader.name();
  text += ' ' + reader.name();
  for (int i = 0; i < 5; ++i) text += fmt::format(" {}", reader.number(4));
  return text;
}

std::string srv_text(Reader& reader) {
  std::string text;
  for (int i = 0; i < 3; ++i) text += fmt::format("{} ", reader.number(2));
  return text + reader.name();
}

std::optional<std::string> known_text(Type type, Reader& reader) {
  switch (type) {
    case Type::a:
      return IpAddress::v4(reader.number(4)).to_string();
    case Type::aaaa:
      return ipv6_text(reader);
    case Type::srv:
      return srv_text(reader);
    case Type::txt:
      return strings_text(reader);
    case Type::soa:
      return soa_text(reader);
    case Type::ns:
    case Type::cname:
    case Type::ptr:
      return reader.name();
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string rdata_text(Type type, std::string_view rdata) {
  Reader reader(rdata);
  const auto text = known_text(type, reader);
  if (text && reader.all_read()) return *text;
  std::string generic = fmt::format("\\# {}", rdata.size());
  if (!rdata.empty()) generic += ' ';
  for (const char byte : rdata) generic += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return generic;
}

}  // namespace naru::dns
