// What the tests of loading share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/file_loader.h"
#include "config/loader.h"

namespace naru::config::testing {

inline Loaded load(std::string_view text) {
  return load_documents(text, Origin("t.yaml", 0));
}

inline std::vector<std::string> lines_of(const std::vector<Issue>& issues) {
  std::vector<std::string> lines;
  for (const Issue& issue : issues) lines.push_back(issue.to_string());
  return lines;
}

/// The errors of `text`, each as people see it.
inline std::vector<std::string> errors_of(std::string_view text) {
  return lines_of(load(text).errors);
}

/// The one object of kind T in `text`.
template <class T>
std::shared_ptr<const T> only(std::string_view text) {
  const Loaded loaded = load(text);
  if (!loaded.errors.empty()) throw std::runtime_error(loaded.errors.front().to_string());
  return std::get<std::shared_ptr<const T>>(loaded.objects.at(0));
}

/// A Service whose spec is `spec` (indented by two); the spec begins at line 4.
inline std::string service(std::string_view spec, std::string_view name = "web") {
  return "apiVersion: v1\nkind: Service\nmetadata: {name: " + std::string(name) + ", namespace: shop}\nspec:\n" +
         std::string(spec);
}

}  // namespace naru::config::testing
