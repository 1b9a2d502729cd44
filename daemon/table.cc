#include "daemon/table.h"

#include <algorithm>

namespace naru::daemon {
namespace {

/// Characters as a terminal counts them, near enough: UTF-8 continuation bytes take no room.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

class Layout {
 public:
  Layout(const Table& table, bool wide) : table_(table) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (wide || !table.columns[i].wide) shown_.push_back(i);
    }
    for (const std::size_t i : shown_) widths_.push_back(widest(i));
  }

  template <class Cell>
  std::string line(Cell cell) const {
    std::string text;
    for (std::size_t n = 0; n < shown_.size(); ++n) {
      const std::string& word = cell(shown_[n]);
      text += word;
      if (n + 1 < shown_.size()) text.append(widths_[n] - width(word) + 3, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  }

 private:
  [[nodiscard]] std::size_t widest(std::size_t column) const {
    std::size_t most = width(table_.columns[column].name);
    for (const auto& row : table_.rows) most = std::max(most, width(row[column]));
    return most;
  }

  const Table& table_;
  std::vector<std::size_t> shown_;
  std::vector<std::size_t> widths_;
};

}  // namespace

std::string to_text(const Table& table, bool wide) {
  if (table.rows.empty()) return {};
  const Layout layout(table, wide);
  std::string text = layout.line([&](std::size_t i) -> const std::string& { return table.columns[i].name; });
  for (const auto& row : table.rows) {
    text += layout.line([&](std::size_t i) -> const std::string& { return row[i]; });
  }
  return text;
}

}  // namespace naru::daemon
