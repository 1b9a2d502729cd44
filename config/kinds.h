// Which objects naru reads, which it knows enough to leave alone, and which are mistakes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/meta.h"

namespace naru::config {

struct KindInfo {
  Kind kind{};
  std::string_view api_version;
  bool namespaced{};
  std::string_view older_api_version{};  // read as well, if there is one
};

[[nodiscard]] const KindInfo& info_of(Kind kind);

/// Kinds that naru does not know are taken to be, as most are.
[[nodiscard]] bool is_namespaced(std::string_view kind);

/// What an object that says `apiVersion` and `kind` is to naru.
struct Recognized {
  enum class As { object, list, other, mistake };
  As as{As::other};
  KindInfo info;             // object; list: of its items, where the list's kind says
  bool items_have_kind{};    // list: a plain List, whose items say what they are
  bool wrong_api_version{};  // mistake: of apiVersion; else of kind
  std::string reason;        // mistake
};

[[nodiscard]] Recognized recognize(std::string_view api_version, std::string_view kind);

}  // namespace naru::config
