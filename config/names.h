// The forms of names, as kube-apiserver checks them and in its words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace naru::config {

// Each: nothing if `text` has the form, else why not.
[[nodiscard]] std::optional<std::string> bad_dns_label(std::string_view text);       ///< RFC 1123 label, 63 at most
[[nodiscard]] std::optional<std::string> bad_dns_1035_label(std::string_view text);  ///< begins with a letter
[[nodiscard]] std::optional<std::string> bad_dns_subdomain(
    std::string_view text);  ///< RFC 1123 labels with dots, 253 at most
[[nodiscard]] std::optional<std::string> bad_port_name(std::string_view text);  ///< IANA service name, 15 at most
[[nodiscard]] std::optional<std::string> bad_qualified_name(
    std::string_view text);  ///< key of a label or an annotation
[[nodiscard]] std::optional<std::string> bad_label_value(std::string_view text);

}  // namespace naru::config
