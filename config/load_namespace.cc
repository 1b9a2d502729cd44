#include <array>

#include "config/loaders.h"

namespace naru::config {

std::shared_ptr<const Namespace> load_namespace(const Field& object, Meta meta) {
  constexpr std::array<std::string_view, 5> kFields = {"apiVersion", "kind", "metadata", "spec", "status"};
  auto name_space = std::make_shared<Namespace>();
  name_space->meta = std::move(meta);
  static_cast<void>(object.map(kFields));  // reports unknown fields; nothing in spec or status matters here
  return name_space;
}

}  // namespace naru::config
