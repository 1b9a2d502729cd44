#include "config/block_yaml.h"

#include <catch2/catch.hpp>

#include "config/document.h"

namespace naru::config {
namespace {

bool same(const Value& a, const Value& b) {
  if (a.type != b.type || a.quoted != b.quoted || a.text != b.text || a.items.size() != b.items.size()) return false;
  if (a.type != Value::Type::null && a.line != b.line) return false;
  for (std::size_t i = 0; i < a.keys.size(); ++i) {
    if (a.keys[i].name != b.keys[i].name || a.keys[i].line != b.keys[i].line) return false;
  }
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  return true;
}

TEST_CASE("what the fast parser reads is what the full one reads") {
  const char* texts[] = {
      "a: 1\n",
      "a: 1",
      "---\na: 1\n",
      "# comment\n\n---\n# comment\na: 1  \n\n",
      "a:\n  b:\n    c: d\n  e: f\ng: h\n",
      "a:\n- 1\n- 2\nb:\n  - 3\n",
      "a:\n- b: 1\n  c: 2\n- b: 3\n  c:\n  - x\n  - y: z\n    w: v\n",
      "a:\n-   b: 1\n    c: 2\n",
      "a:\n-\n  b: 1\n-\n- c\n",
      "a:\n-\n",
      "a:\nb:\n",
      "a: []\nb: {}\nc: \"\"\nd: ''\n",
      "a: \"true\"\nb: 'x: y #z'\n",
      "a: [10.0.0.1]\nb: [ 10.0.0.1 , x-y/z ]\nc: [fd00::1, \"fd00::\", 'x', null, 80]\n",
      "a:\n- [x, y]\n- b: [z]\n  c: d\n",
      "a: null\nb: Null\nc: nullx\n",
      "a: -1\nb: +1\nc: .5\nd: /x/y\ne: 10.0.0.1:80\nf: a#b\ng: x, y & z* [1]\n",
      "a.b/c-d_e: f\n80: x\n",
      "a:\n  b: 1\n# comment at the left\n  c: 2\n",
  };
  for (const char* text : texts) {
    CAPTURE(text);
    const auto fast = parse_block_yaml(text);
    const auto full = parse_full_yaml(text);
    REQUIRE_FALSE(full.fault.has_value());
    REQUIRE(full.documents.size() == 1);
    REQUIRE(fast.has_value());
    CHECK(same(*fast, full.documents[0]));
  }
}

TEST_CASE("what the fast parser does not know, it leaves to the full one") {
  const char* texts[] = {
      "",
      "# comment\n",
      "- a\n",
      "a\n",
      " a: 1\n",
      "a: 1\n---\nb: 2\n",
      "a: {b: 1}\n",
      "a: [[1]]\n",
      "a: [b: 1]\n",
      "a: [{b: 1}]\n",
      "a: [1,]\n",
      "a: [,1]\n",
      "a: [1,,2]\n",
      "a: [ ]\n",
      "a: [b c]\n",
      "a: [::1]\n",
      "a: [b:]\n",
      "a: [\"b\": 1]\n",
      "a: [\"b, c\"]\n",
      "a: ['b''c']\n",
      "a: [*b]\n",
      "a: [1\n",
      "a: [1,\n  2]\n",
      "a: [1] 2\n",
      "a: [1] # c\n",
      "a: [1]\n  b\n",
      "a: |\n  x\n",
      "a: >\n  x\n",
      "a: &x 1\n",
      "a: *x\n",
      "a: !!str 1\n",
      "\"a\": 1\n",
      "? a\n",
      "a: 1 # c\n",
      "a: # c\n",
      "a: x\n  y\n",
      "a: \"x\\n\"\n",
      "a: 'it''s'\n",
      "a: \"x\n",
      "a:\tb\n",
      "a:\n\tb: 1\n",
      "a: 1\r\n",
      "a: é\n",
      "a: b: c\n",
      "a: b:\n",
      "a: 1\na: 2\n",
      "a: 1\n  b: 2\n",
      "a:\n    b: 1\n  c: 2\n",
      "- - a\n",
      "a:\n- - b\n",
      "a: 1\n- b\n",
      "a: ~\n",
      "a: -\n",
      "a: - b\n",
      "<<: x\n",
      "a: @b\n",
      "a: %b\n",
      "...\n",
      "--- a\n",
      "a: 1\n...\n",
      "a:b\n",
      "a : b\n",
  };
  for (const char* text : texts) {
    CAPTURE(text);
    CHECK_FALSE(parse_block_yaml(text).has_value());
  }
}

}  // namespace
}  // namespace naru::config
