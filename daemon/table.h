// Tables as kubectl prints them.
#pragma once

#include <string>
#include <vector>

namespace naru::daemon {

struct Column {
  std::string name;  // "CLUSTER-IP"
  bool wide{};       // only in wide output
};

/// What `naru get` prints, made where the state is, so that the client only has to lay it out.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as columns
};

/// Columns aligned with three spaces between them, no trailing white space. Nothing for a table without rows.
[[nodiscard]] std::string to_text(const Table& table, bool wide);

}  // namespace naru::daemon
