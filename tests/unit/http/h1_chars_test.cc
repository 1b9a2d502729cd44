#include "http/h1_chars.h"

#include <catch2/catch.hpp>
#include <string>

namespace naru::http {
namespace {

// Each byte at each place of a text longer than a vector: what is looked at by sixteen and what is looked at by one
// must agree.
template <class Check>
void at_every_place(char filler, Check&& check) {
  for (std::size_t size = 1; size <= 36; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string text(size, filler);
        text[at] = static_cast<char>(c);
        if (!check(text, at)) FAIL(size << " bytes, byte " << c << " at " << at);
      }
    }
  }
}

TEST_CASE("the first control character is found wherever it is") {
  at_every_place('a', [](const std::string& text, std::size_t at) {
    return find_control(text, 0) == (is_char(text[at], kControlChar) ? at : text.size());
  });
  CHECK(find_control("", 0) == 0);
  CHECK(find_control("\na", 1) == 2);
  CHECK(find_control("a\xff\t ", 0) == 4);
}

TEST_CASE("the end of a name is found wherever it is") {
  at_every_place('a', [](const std::string& text, std::size_t at) {
    const std::string line = text + ":";
    return find_name_end(line, 0) == (is_char(text[at], kTokenChar) ? text.size() : at);
  });
  at_every_place('~', [](const std::string& text, std::size_t at) {
    const std::string line = text + "\r";
    return find_name_end(line, 0) == (is_char(text[at], kTokenChar) ? text.size() : at);
  });
}

TEST_CASE("a target is checked at every place") {
  at_every_place('/', [](const std::string& text, std::size_t at) {
    return is_char(text[at], kControlChar) || is_target(text) == is_char(text[at], kTargetChar);
  });
}

TEST_CASE("classes of characters") {
  CHECK(is_token("!#$%&'*+-.^_`|~09azAZ"));
  CHECK_FALSE(is_token(""));
  for (const char c : std::string("\"(),/:;<=>?@[\\]{} \t\r\n\x7f\x80\xff")) CHECK_FALSE(is_char(c, kTokenChar));
  CHECK_FALSE(is_char('\0', kTokenChar));
  CHECK_FALSE(is_char('\0', kRegNameChar));
  CHECK(is_char('\0', kControlChar));
}

}  // namespace
}  // namespace naru::http
