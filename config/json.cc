#include "config/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/map_keys.h"

namespace naru::config {
namespace {

/// Thrown inside this file only, to leave the recursion.
struct Stop {
  Fault fault;
};

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  /// False at the end of the text.
  bool next_document(Value& into) {
    skip_space();
    if (at_ == text_.size()) return false;
    value(into, 0);
    return true;
  }

 private:
  [[noreturn]] void stop(std::string reason) const { throw Stop{{line_, std::move(reason), 0}}; }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return;
    }
  }

  void expect(char c, std::string_view where) {
    skip_space();
    if (peek() != c) stop(fmt::format("not valid JSON: wants '{}' {}, but has {}", c, where, seen()));
    ++at_;
  }

  [[nodiscard]] std::string seen() const {
    return at_ == text_.size() ? "the end of the file" : quote(text_.substr(at_, 1));
  }

  void value(Value& into, int depth) {
    if (depth > kDeepestNesting) stop(fmt::format("is nested deeper than {} levels", kDeepestNesting));
    skip_space();
    into.line = line_;
    switch (peek()) {
      case '{':
        return object(into, depth);
      case '[':
        return array(into, depth);
      case '"':
        into.type = Value::Type::scalar;
        into.quoted = true;
        return string(into.text);
      default:
        return word(into);
    }
  }

  void object(Value& into, int depth) {
    into.type = Value::Type::map;
    ++at_;
    skip_space();
    if (peek() == '}') return void(++at_);
    for (;;) {
      skip_space();
      if (peek() != '"') stop(fmt::format("not valid JSON: wants a key in double quotes, but has {}", seen()));
      Value::Key key{{}, line_};
      string(key.name);
      into.keys.push_back(std::move(key));
      expect(':', "after a key");
      Value& item = into.items.emplace_back();
      value(item, depth + 1);
      if (item.type != Value::Type::scalar) item.line = into.keys.back().line;
      skip_space();
      if (peek() == '}') break;
      expect(',', "or '}' after a value");
    }
    ++at_;
    if (auto fault = duplicate_key(into)) throw Stop{std::move(*fault)};
  }

  void array(Value& into, int depth) {
    into.type = Value::Type::sequence;
    ++at_;
    skip_space();
    if (peek() == ']') return void(++at_);
    for (;;) {
      value(into.items.emplace_back(), depth + 1);
      skip_space();
      if (peek() == ']') break;
      expect(',', "or ']' after a value");
    }
    ++at_;
  }

  void string(std::string& out) {
    for (++at_;;) {
      const std::size_t run = std::min(text_.find_first_of("\"\\\n", at_), text_.size());
      out.append(text_, at_, run - at_);
      at_ = run;
      if (at_ == text_.size() || text_[at_] == '\n') stop("not valid JSON: a string is not closed on its line");
      if (text_[at_++] == '"') return;
      escape(out);
    }
  }

  void escape(std::string& out) {
    const char c = peek();
    ++at_;
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (c == 'u') return append_utf8(out, unicode_escape());
    const auto found = kNames.find(c);
    if (found == std::string_view::npos)
      stop(fmt::format("not valid JSON: unknown escape {}", quote(std::string{'\\', c})));
    out += kValues[found];
  }

  /// After "\u". A surrogate pair is one character; half of one is not.
  unsigned unicode_escape() {
    const unsigned first = hex4();
    if (first < 0xd800 || first > 0xdfff) return first;
    if (first > 0xdbff || text_.substr(at_, 2) != "\\u") stop("not valid JSON: half of a surrogate pair");
    at_ += 2;
    const unsigned second = hex4();
    if (second < 0xdc00 || second > 0xdfff) stop("not valid JSON: half of a surrogate pair");
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  unsigned hex4() {
    const std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
    unsigned code{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() < 4 || error != std::errc{} || end != digits.data() + 4)
      stop("not valid JSON: \\u wants four hex digits");
    at_ += 4;
    return code;
  }

  void word(Value& into) {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,:]}[{\"", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    if (word.empty()) stop(fmt::format("not valid JSON: wants a value, but has {}", seen()));
    into.text = word;
    into.type = word == "null" ? Value::Type::null : Value::Type::scalar;
    const bool number = word.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    if (!number && word != "true" && word != "false" && word != "null")
      stop(fmt::format("not valid JSON: {} is not a value", quote(word)));
    at_ = end;
  }

  std::string_view text_;
  std::size_t at_{};
  int line_{1};
};

}  // namespace

Documents parse_json(std::string_view text) {
  Documents result;
  JsonParser parser(text);
  try {
    for (Value value; parser.next_document(value); value = Value{}) {
      if (value.type != Value::Type::null) result.documents.push_back(std::move(value));
    }
  } catch (Stop& stop) {
    result.fault = std::move(stop.fault);
  }
  return result;
}

}  // namespace naru::config
