#include "config/document.h"

#include <catch2/catch.hpp>
#include <string>

#include "config/text_check.h"

namespace naru::config {
namespace {

std::string fault_of(std::string_view text) {
  const auto parsed = parse_documents(text);
  return parsed.fault ? std::to_string(parsed.fault->line) + ": " + parsed.fault->reason : "";
}

/// {a: [1, "x"]} with the line of each value, to compare trees in one line.
std::string show(const Value& value) {
  std::string text;
  switch (value.type) {
    case Value::Type::null:
      return "null";
    case Value::Type::scalar:
      return value.quoted ? '"' + value.text + '"' : value.text;
    case Value::Type::sequence:
      for (const Value& item : value.items) text += (text.empty() ? "" : ", ") + show(item);
      return "[" + text + "]";
    case Value::Type::map:
      break;
  }
  for (std::size_t i = 0; i < value.items.size(); ++i)
    text += (i == 0 ? "" : ", ") + value.keys[i].name + ": " + show(value.items[i]);
  return "{" + text + "}";
}

std::string tree_of(std::string_view text) {
  const auto parsed = parse_documents(text);
  if (parsed.fault) return "fault: " + parsed.fault->reason;
  std::string all;
  for (const Value& document : parsed.documents) all += (all.empty() ? "" : " | ") + show(document);
  return all;
}

TEST_CASE("YAML becomes a tree that knows what was in quotes") {
  struct Row {
    const char* text;
    const char* tree;
  };
  const Row rows[] = {
      {"", ""},
      {"# only a comment\n", ""},
      {"---\n---\n", ""},
      {"a: 1\n", "{a: 1}"},
      {"a: \"1\"\nb: '2'\n", "{a: \"1\", b: \"2\"}"},
      {"a: ~\nb:\nc: null\nd: \"\"\n", "{a: null, b: null, c: null, d: \"\"}"},
      {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{a: \"x\ny\n\", b: \"x y\"}"},
      {"a: {b: [1, 2]}\n", "{a: {b: [1, 2]}}"},
      {"a: 1\n---\nb: 2\n---\n", "{a: 1} | {b: 2}"},
      {"a: 1\n...\n---\nb: 2\n", "{a: 1} | {b: 2}"},
      {"%YAML 1.2\n---\na: 1\n", "{a: 1}"},
      {"\xef\xbb\xbf"
       "a: 1\n",
       "{a: 1}"},
      {"a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"},
      {"a: !!str 5\nb: !custom 6\n", "{a: \"5\", b: 6}"},
      {"a: &x {k: v}\nb: *x\n", "{a: {k: v}, b: {k: v}}"},
      {"a: &x {k: v, l: w}\nb:\n  <<: *x\n  k: own\n", "{a: {k: v, l: w}, b: {k: own, l: w}}"},
      {"a: &x {k: 1}\nb: &y {l: 2}\nc:\n  <<: [*x, *y]\n", "{a: {k: 1}, b: {l: 2}, c: {k: 1, l: 2}}"},
      {"a: \"\\u00e9\\n\"\n", "{a: \"é\n\"}"},
      {"80: x\n", "{80: x}"},
      {"{a: b}\n", "{a: b}"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(tree_of(row.text) == row.tree);
  }
}

TEST_CASE("JSON is read as JSON") {
  struct Row {
    const char* text;
    const char* tree;
  };
  const Row rows[] = {
      {"{}", "{}"},
      {"{\"a\":[1,2.5,true,null,\"x\"],\"b\":{}}", "{a: [1, 2.5, true, null, \"x\"], b: {}}"},
      {"{\n\t\"a\"\n\t:\n\t1\n}\n", "{a: 1}"},
      {"{\"a\": \"\\ud83d\\ude00\\/\\u00e9\\t\"}", "{a: \"😀/é\t\"}"},
      {"{\"a\": 1}\n{\"b\": 2}\n", "{a: 1} | {b: 2}"},
      {"{\"a\": {\"a\": 1}}", "{a: {a: 1}}"},
      {"{\"a\": 1,}", "{a: 1}"},  // no JSON, but YAML
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(tree_of(row.text) == row.tree);
  }
}

TEST_CASE("lines are those of the values, in YAML and in JSON") {
  for (const char* text : {"# comment\na:\n  - 1\n\n  - b: 2\n", "\n{\"a\":[\n1,\n\n{\"b\":2}]}"}) {
    CAPTURE(text);
    const auto parsed = parse_documents(text);
    const Value& list = *parsed.documents.at(0).find("a");
    CHECK(list.items[0].line == 3);
    CHECK(list.items[1].line == 5);
    CHECK(list.items[1].keys[0].line == 5);
  }
}

TEST_CASE("what is not YAML is one fault with its line") {
  struct Row {
    const char* text;
    const char* fault;
  };
  const Row rows[] = {
      {"a:\n\tb: 1\n", "2: not valid YAML: the line is indented with a tab; YAML wants spaces"},
      {"a: 1\n  b: 2\n",
       "2: not valid YAML: a ':' where no key can be (wrong indentation, or a text with ': ' in it that needs quotes)"},
      {"a: b: c\n",
       "1: not valid YAML: a ':' where no key can be (wrong indentation, or a text with ': ' in it that needs quotes)"},
      {"a: [1, 2\nb: 3\n", "2: not valid YAML: a '[' is not closed"},
      {"a: \"abc\n", "1: not valid YAML: the quote that begins here is not closed"},
      {"a: 1\nb: 'it''s\nc: 2\n", "2: not valid YAML: the quote that begins here is not closed"},
      {"a: *nothing\n", "1: not valid YAML: an alias (*name) has no anchor (&name) before it"},
      {"a: &x [*x]\n", "1: an alias names what it is itself inside of"},
      {"a: 1\nb: 2\na: 3\n", "3: the key \"a\" is given twice"},
      {"? [x]\n: 1\n", "1: a key must be a word, not a list or a map"},
      {"a: 1\n<<: 5\n", "2: the merge key << wants a map or a list of maps"},
      {", a\n", "1: not valid YAML: no value can begin here"},
      {"a: 1\n---\n]\n", "3: not valid YAML: a ']' or '}' that nothing opened"},
      {"{\"a\": 1,\n \"a\": 2}", "2: the key \"a\" is given twice"},
      {"{\"a\": 1\n", "2: not valid JSON: wants ',' or '}' after a value, but has the end of the file"},
      {"{\"a\": \"\\ud83d\"}", "1: not valid JSON: half of a surrogate pair"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(fault_of(row.text) == row.fault);
  }
}

TEST_CASE("a quote that is closed is not taken for one that is not") {
  for (const char* text : {"a: \"x\" # it's\n", "a: 'it''s'\n", "a: \"\\\"\"\n", "a: \"\\\\\"\n", "a: &x \"y\"\n",
                           "a: |\n  it's \"\n", "\"a\": 1\n", "é\"x: 'y'\n"}) {
    CAPTURE(text);
    CHECK(fault_of(text).empty());
  }
}

TEST_CASE("documents before a fault are kept") {
  const auto parsed = parse_documents("a: 1\n---\nb: [\n");
  CHECK(parsed.documents.size() == 1);
  CHECK(parsed.fault.has_value());
}

TEST_CASE("an alias bomb is one error") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  CHECK(fault_of(bomb).find("its aliases expand to more than 100000 values") != std::string::npos);
}

TEST_CASE("nesting is bounded") {
  const auto nested = [](int depth) {
    return "a: " + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK(fault_of(nested(kDeepestNesting - 1)).empty());
  CHECK(fault_of(nested(kDeepestNesting)) == "1: is nested deeper than 200 levels");
  CHECK(fault_of(nested(100'000)) == "1: is nested deeper than 200 levels");
  CHECK(fault_of("{\"a\":" + std::string(100'000, '[')) == "1: is nested deeper than 200 levels");
}

TEST_CASE("bytes that are not text are one fault") {
  struct Row {
    std::string bytes;
    const char* reason;  // null: text
    int line;
  };
  const Row rows[] = {
      {"", nullptr, 0},
      {"a: 1\n\tb\r\n", nullptr, 0},
      {"a: é 😀 \xed\x9f\xbf\n", nullptr, 0},
      {std::string("abcdefghijkl\nab\0c", 17), "has a NUL byte: it is binary, not text", 2},
      {"\x7f"
       "ELF\x02\x01",
       "has the control character 0x7f: it is binary, not text", 1},
      {"a\n\n\x01", "has the control character 0x01: it is binary, not text", 3},
      {"\xff\xfe"
       "a",
       "is UTF-16; save it as UTF-8", 1},
      {"a: \xc3\x28", "is not UTF-8 text (is it a binary file?)", 1},
      {"a: \xc0\x80", "is not UTF-8 text (is it a binary file?)", 1},
      {"a: \xed\xa0\x80", "is not UTF-8 text (is it a binary file?)", 1},
      {"a: \xf4\x90\x80\x80", "is not UTF-8 text (is it a binary file?)", 1},
      {"a: \xe2\x82", "is not UTF-8 text (is it a binary file?)", 1},
  };
  for (const auto& row : rows) {
    CAPTURE(row.bytes);
    const auto fault = check_text(row.bytes);
    REQUIRE(fault.has_value() == (row.reason != nullptr));
    if (!fault) continue;
    CHECK(fault->reason == row.reason);
    CHECK(fault->line == row.line);
  }
}

TEST_CASE("plain scalars are what Kubernetes takes them for") {
  struct Row {
    const char* text;
    ScalarType type;
  };
  const Row rows[] = {
      {"true", ScalarType::boolean},
      {"False", ScalarType::boolean},
      {"yes", ScalarType::boolean},
      {"off", ScalarType::boolean},
      {"tRue", ScalarType::string},
      {"", ScalarType::null},
      {"~", ScalarType::null},
      {"null", ScalarType::null},
      {"0", ScalarType::integer},
      {"-1", ScalarType::integer},
      {"+1", ScalarType::integer},
      {"0x1F", ScalarType::integer},
      {"0o17", ScalarType::integer},
      {"017", ScalarType::integer},
      {"1_000", ScalarType::integer},
      {"1.5", ScalarType::real},
      {"1e3", ScalarType::real},
      {".5", ScalarType::real},
      {"1.", ScalarType::real},
      {".inf", ScalarType::real},
      {"089", ScalarType::real},
      {"1.2.3", ScalarType::string},
      {"10.0.0.1", ScalarType::string},
      {"1m30s", ScalarType::string},
      {"-", ScalarType::string},
      {"30000-32767", ScalarType::string},
      {"9223372036854775807", ScalarType::integer},
      {"9223372036854775808", ScalarType::real},
      {"2024-01-01T00:00:00Z", ScalarType::string},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Value value;
    value.type = Value::Type::scalar;
    value.text = row.text;
    CHECK(static_cast<int>(scalar_type(value)) == static_cast<int>(row.type));
    value.quoted = true;
    CHECK(scalar_type(value) == ScalarType::string);
  }
}

}  // namespace
}  // namespace naru::config
