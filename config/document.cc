#include "config/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <utility>

#include "config/block_yaml.h"
#include "config/json.h"
#include "config/tree_builder.h"

namespace naru::config {
namespace {

/// Text as a stream, without a copy.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // never written: there is only a get area
    setg(begin, begin, begin + text.size());
  }
};

constexpr const char* kNoDocument = "not valid YAML: no value can begin here";

int line_of(const YAML::Mark& mark) {
  return mark.line + 1;
}

class Handler : public YAML::EventHandler {
 public:
  TreeBuilder builder;
  YAML::Mark last_quoted;  // where the last scalar that is not plain begins
  bool any_quoted{};
  YAML::Mark start;

  void OnDocumentStart(const YAML::Mark& mark) override { start = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Value value;
    value.line = line_of(mark);
    builder.scalar(std::move(value), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { builder.alias(line_of(mark), anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Value value;
    value.type = Value::Type::scalar;
    value.line = line_of(mark);
    value.text = text;
    value.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (tag == "!") {
      last_quoted = mark;
      any_quoted = true;
    }
    builder.scalar(std::move(value), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    builder.begin(Value::Type::sequence, line_of(mark), anchor);
  }
  void OnSequenceEnd() override { builder.end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    builder.begin(Value::Type::map, line_of(mark), anchor);
  }
  void OnMapEnd() override { builder.end(); }
};

std::size_t line_start(std::string_view text, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line && at < text.size(); ++i) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return at;
}

/// The first line up to `last` whose indentation has a tab, as YAML forbids; 0: none.
int line_indented_by_tab(std::string_view text, int last) {
  int line = 1;
  for (std::size_t at = 0; at < text.size() && line <= last; ++line) {
    const std::size_t first = text.find_first_not_of(' ', at);
    if (first != std::string_view::npos && text[first] == '\t') return line;
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  return 0;
}

/// yaml-cpp's words are those of its grammar; these are what the writer most likely did.
std::string explain(const std::string& message) {
  if (message == YAML::ErrorMsg::MAP_VALUE)
    return "a ':' where no key can be (wrong indentation, or a text with ': ' in it that needs quotes)";
  if (message == YAML::ErrorMsg::BLOCK_ENTRY) return "a '- ' where no list can begin (wrong indentation?)";
  if (message == YAML::ErrorMsg::END_OF_MAP)
    return "wrong indentation: this is neither a key of the map above nor the end of it";
  if (message == YAML::ErrorMsg::END_OF_SEQ)
    return "wrong indentation: this is neither an item of the list above nor the end of it";
  if (message == YAML::ErrorMsg::FLOW_END) return "a ']' or '}' that nothing opened";
  if (message == YAML::ErrorMsg::END_OF_MAP_FLOW) return "a '{' is not closed";
  if (message == YAML::ErrorMsg::END_OF_SEQ_FLOW) return "a '[' is not closed";
  if (message == YAML::ErrorMsg::UNKNOWN_ANCHOR) return "an alias (*name) has no anchor (&name) before it";
  if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return "a quote is not closed";
  return message;
}

Fault fault_of(const YAML::Exception& error, std::string_view text) {
  const int line = error.mark.is_null() ? 0 : line_of(error.mark);
  if (const int tab = line_indented_by_tab(text, line)) {
    return {tab, "not valid YAML: the line is indented with a tab; YAML wants spaces", 0};
  }
  return {line, fmt::format("not valid YAML: {}", explain(error.msg)), 0};
}

/// yaml-cpp takes a quoted text that the end of the file cuts off for a whole one. Half a file must not pass for a
/// file.
std::optional<Fault> unclosed_quote(std::string_view text, const YAML::Mark& begin) {
  std::size_t at = line_start(text, line_of(begin)) + static_cast<std::size_t>(begin.column);
  at = text.find_first_of("\"'|>", at);  // an anchor or a tag may stand before it
  if (at == std::string_view::npos || text[at] == '|' || text[at] == '>') return std::nullopt;
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return std::nullopt;
      ++at;
    }
  }
  return Fault{line_of(begin), "not valid YAML: the quote that begins here is not closed", 0};
}

}  // namespace

Documents parse_full_yaml(std::string_view text) {
  Documents result;
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    for (int last_start = -1;;) {
      Handler handler;
      if (!parser.HandleNextDocument(handler)) break;
      // Where no document can begin (at a ',', say), yaml-cpp gives empty ones for ever and stays where it is.
      if (handler.start.pos == last_start) result.fault = Fault{line_of(handler.start), kNoDocument, 0};
      if (result.fault) break;
      last_start = handler.start.pos;
      if (handler.any_quoted) result.fault = unclosed_quote(text, handler.last_quoted);
      if (result.fault) break;
      Value root = handler.builder.take_root();
      if (root.type != Value::Type::null) result.documents.push_back(std::move(root));
    }
  } catch (const YAML::Exception& error) {
    result.fault = fault_of(error, text);
  } catch (BuildStop& stop) {
    result.fault = std::move(stop.fault);
  }
  return result;
}

Documents parse_documents(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  if (text[first] != '{') {
    auto plain = parse_block_yaml(text);
    if (!plain) return parse_full_yaml(text);
    Documents one;
    one.documents.push_back(std::move(*plain));
    return one;
  }
  Documents json = parse_json(text);
  if (!json.fault) return json;
  // A YAML flow map begins the same way; only if its first key is in quotes too was it meant to be JSON.
  const std::size_t second = text.find_first_not_of(" \t\r\n", first + 1);
  Documents yaml = parse_full_yaml(text);
  const bool meant_json = second != std::string_view::npos && text[second] == '"';
  return yaml.fault && meant_json ? json : yaml;
}

}  // namespace naru::config
