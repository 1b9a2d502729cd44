// The plain part of YAML that nearly every manifest is written in, read fast.
#pragma once

#include <optional>
#include <string_view>

#include "config/value.h"

namespace naru::config {

/// The one document of `text`, if it is made of nothing but block maps and lists, words on one line, simple quotes,
/// flow lists of words, empty flow maps and comments on their own lines. Nothing where there is more, or anything
/// wrong: whoever asks then asks the full parser, whose answer for what is read here is the same (a fuzz target holds
/// the two against each other).
///
/// It is here because the full parser takes six times as long, which at ten thousand Services is the time to start.
[[nodiscard]] std::optional<Value> parse_block_yaml(std::string_view text);

}  // namespace naru::config
