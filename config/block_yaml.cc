#include "config/block_yaml.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "config/map_keys.h"

namespace naru::config {
namespace {

constexpr int kDeepest = 100;  // a bound on recursion; deeper is for the full parser to judge

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_key_char(char c) {
  return is_alphanumeric(c) || c == '.' || c == '_' || c == '/' || c == '-';
}
bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

/// A line with something on it.
struct Line {
  std::size_t indent{};
  std::string_view text;  // no white space at either end
  int number{};

  [[nodiscard]] bool is_item() const { return text == "-" || text.starts_with("- "); }
};

/// Length of "key" in "key:" or "key: value"; 0: it is not one.
std::size_t key_length(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  if (!is_alphanumeric(text.front())) return 0;
  const auto end = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_key_char) - text.begin());
  const bool colon = end < text.size() && text[end] == ':' && (end + 1 == text.size() || text[end + 1] == ' ');
  return colon && end <= kLongest ? end : 0;
}

std::string_view strip(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

class BlockParser {
 public:
  explicit BlockParser(std::string_view text) { lines_in(text); }

  std::optional<Value> parse() {
    Value root;
    if (failed_ || lines_.empty() || lines_[0].indent != 0 || lines_[0].is_item()) return std::nullopt;
    map(root, 0, 0);
    if (failed_ || at_ != lines_.size()) return std::nullopt;
    return root;
  }

 private:
  void lines_in(std::string_view text) {
    int number = 0;
    while (!text.empty() && !failed_) {
      const auto end = std::min(text.find('\n'), text.size());
      line(text.substr(0, end), ++number);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  void line(std::string_view raw, int number) {
    const std::string_view text = strip(raw);
    if (text.empty() || (text.front() == '#' && std::ranges::all_of(text, is_printable))) return;
    const bool marker = text == "---" && raw.starts_with("---") && lines_.empty() && !marked_;
    if (marker) return void(marked_ = true);
    failed_ = !std::ranges::all_of(text, is_printable) || text.starts_with("---");
    lines_.push_back({raw.find_first_not_of(' '), text, number});
  }

  [[nodiscard]] bool more() const { return !failed_ && at_ < lines_.size(); }
  [[nodiscard]] bool deeper(std::size_t indent) const { return more() && lines_[at_].indent > indent; }

  /// What is indented below a key or a lone '-'.
  void below(Value& value, int depth) {
    const Line& first = lines_[at_];
    if (first.is_item()) return list(value, first.indent, depth);
    map(value, first.indent, depth);
  }

  void map(Value& value, std::size_t indent, int depth) {
    begin(value, Value::Type::map, depth);
    while (more() && lines_[at_].indent == indent && !lines_[at_].is_item()) entry(value, indent, depth);
    if (deeper(indent) || duplicate_key(value)) failed_ = true;
  }

  void entry(Value& map, std::size_t indent, int depth) {
    const Line line = lines_[at_++];
    const std::size_t length = key_length(line.text);
    if (length == 0) return void(failed_ = true);
    map.keys.push_back({std::string(line.text.substr(0, length)), line.number});
    Value& value = map.items.emplace_back();
    const std::string_view rest = strip(line.text.substr(length + 1));
    if (!rest.empty()) {
      scalar(value, rest, line.number, indent);
    } else if (deeper(indent)) {
      below(value, depth + 1);
    } else if (more() && lines_[at_].indent == indent && lines_[at_].is_item()) {
      list(value, indent, depth + 1);  // a list may stand as far left as its key
    }
    if (value.type != Value::Type::scalar) value.line = line.number;
  }

  void list(Value& value, std::size_t indent, int depth) {
    begin(value, Value::Type::sequence, depth);
    while (more() && lines_[at_].indent == indent && lines_[at_].is_item())
      item(value.items.emplace_back(), indent, depth);
    if (deeper(indent)) failed_ = true;
  }

  void item(Value& value, std::size_t indent, int depth) {
    Line& line = lines_[at_];
    const std::string_view rest = strip(line.text.substr(1));
    if (rest.empty()) {
      value.line = line.number;
      ++at_;
      if (deeper(indent)) below(value, depth + 1);
    } else if (key_length(rest) > 0) {
      // "- key: value": the map begins where its first key does.
      line.indent += static_cast<std::size_t>(rest.data() - line.text.data());
      line.text = rest;
      map(value, line.indent, depth + 1);
    } else {
      ++at_;
      scalar(value, rest, line.number, indent);
    }
  }

  void begin(Value& value, Value::Type type, int depth) {
    value.type = type;
    if (more()) value.line = lines_[at_].number;
    if (depth > kDeepest) failed_ = true;
  }

  /// Nothing may be indented below it: it would be its next line.
  void scalar(Value& value, std::string_view text, int number, std::size_t indent) {
    value.line = number;
    value.type = Value::Type::scalar;
    if (deeper(indent)) return void(failed_ = true);
    if (text == "[]" || text == "{}") {
      value.type = text == "[]" ? Value::Type::sequence : Value::Type::map;
    } else if (text.front() == '[' && text.back() == ']') {
      flow_list(value, text.substr(1, text.size() - 2), number);
    } else if (text.front() == '"' || text.front() == '\'') {
      quoted(value, text);
    } else {
      plain(value, text);
    }
  }

  /// "[a, b]" of words only. `inside` may hold anything, a further '[' or ']' too: no word has one.
  void flow_list(Value& value, std::string_view inside, int number) {
    value.type = Value::Type::sequence;
    for (bool last = false; !last && !failed_;) {
      const std::size_t comma = inside.find(',');
      last = comma == std::string_view::npos;
      flow_word(value.items.emplace_back(), strip(inside.substr(0, comma)), number);
      if (!last) inside.remove_prefix(comma + 1);
    }
  }

  /// What of a word means something else in a flow list than elsewhere is left out, but for the colons inside of an
  /// IPv6 address.
  void flow_word(Value& value, std::string_view text, int number) {
    const auto is_word_char = [](char c) { return is_key_char(c) || c == ':'; };
    value.line = number;
    value.type = Value::Type::scalar;
    if (text.size() > 1 && (text.front() == '"' || text.front() == '\'')) {
      failed_ = !std::ranges::all_of(text.substr(1, text.size() - 2), is_word_char);
      return failed_ ? void() : quoted(value, text);
    }
    failed_ = text.empty() || !is_alphanumeric(text.front()) || !std::ranges::all_of(text, is_word_char);
    if (!failed_) plain(value, text);
  }

  void quoted(Value& value, std::string_view text) {
    const char quote = text.front();
    const std::string_view inside = text.substr(1, text.size() < 2 ? 0 : text.size() - 2);
    const bool closed = text.size() >= 2 && text.back() == quote;
    const bool simple = inside.find(quote) == std::string_view::npos && inside.find('\\') == std::string_view::npos;
    if (!closed || !simple) return void(failed_ = true);
    value.quoted = true;
    value.text = inside;
  }

  void plain(Value& value, std::string_view text) {
    const bool sign = text.size() > 1 && (text[0] == '-' || text[0] == '+') && is_alphanumeric(text[1]);
    const char first = text.front();
    const bool begins = is_alphanumeric(first) || first == '/' || first == '.' || first == '_' || sign;
    const bool more_than_word =
        text.find(": ") != std::string_view::npos || text.back() == ':' || text.find(" #") != std::string_view::npos;
    if (!begins || more_than_word) return void(failed_ = true);
    if (text == "null" || text == "Null" || text == "NULL") {
      value.type = Value::Type::null;
    } else {
      value.text = text;
    }
  }

  std::vector<Line> lines_;
  std::size_t at_{};
  bool marked_{};
  bool failed_{};
};

}  // namespace

std::optional<Value> parse_block_yaml(std::string_view text) {
  return BlockParser(text).parse();
}

}  // namespace naru::config
