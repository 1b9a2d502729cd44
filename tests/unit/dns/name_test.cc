#include "dns/name.h"

#include <catch2/catch.hpp>

#include "tests/unit/dns/wire_text.h"

namespace naru::dns {
namespace {

using test::Bytes;

TEST_CASE("a name's text and back") {
  struct Row {
    const char* text;
    const char* back;  // null: no name
  };
  const std::string label63(63, 'a');
  const std::string label64(64, 'a');
  // 4 labels of 62 bytes take 252 bytes with their lengths, the root one more.
  const std::string label62(62, 'b');
  const std::string four = label62 + "." + label62 + "." + label62 + "." + label62;
  const std::string longest = four + ".c";  // 252 + 2 + 1 = 255
  const std::string too_long = four + ".cc";
  const Row rows[] = {
      {"web.shop.svc.cluster.local", "web.shop.svc.cluster.local."},
      {"Web.SHOP.", "web.shop."},
      {".", "."},
      {"", nullptr},
      {"a..b", nullptr},
      {".a", nullptr},
      {"a..", nullptr},
      {label63.c_str(), nullptr},  // back is filled in below
      {label64.c_str(), nullptr},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto name = Name::parse(row.text);
    if (row.text == label63.c_str()) {
      REQUIRE(name);
      CHECK(name->text() == label63 + ".");
      continue;
    }
    REQUIRE(name.has_value() == (row.back != nullptr));
    if (name) CHECK(name->text() == row.back);
  }
  REQUIRE(Name::parse(longest));
  CHECK(Name::parse(longest)->wire().size() == 255);
  CHECK_FALSE(Name::parse(too_long));
  CHECK_FALSE(Name::below("x", *Name::parse(longest)));
  CHECK(Name::below("cc", *Name::parse(four)) == std::nullopt);
  CHECK(Name::below("c", *Name::parse(label62 + "." + label62 + "." + label62)));
  CHECK_FALSE(Name::below("", Name()));
  CHECK_FALSE(Name::below(label64, Name()));
}

TEST_CASE("parts of a name") {
  const Name name = *Name::parse("web.shop.svc.cluster.local");
  CHECK(name.labels() == 5);
  CHECK(name.first_label() == "web");
  CHECK(name.parent() == *Name::parse("shop.svc.cluster.local"));
  CHECK(name.parent().parent().parent().parent().parent().is_root());
  CHECK(Name().labels() == 0);
  CHECK(name.is_at_or_below(name));
  CHECK(name.is_at_or_below(*Name::parse("cluster.local")));
  CHECK(name.is_at_or_below(Name()));
  CHECK_FALSE(Name::parse("mycluster.local")->is_at_or_below(*Name::parse("cluster.local")));
  CHECK_FALSE(Name::parse("local")->is_at_or_below(*Name::parse("cluster.local")));
}

TEST_CASE("bytes that are not printable are escaped") {
  const char wire[] = "\3a.b\2\\\1\4 \x7fz\xff";
  CHECK(presentation(std::string_view(wire, sizeof wire)) == "a\\.b.\\\\\\001.\\032\\127z\\255.");
}

TEST_CASE("case is folded for the ASCII letters only, wherever they stand") {
  for (std::size_t size : {0U, 1U, 7U, 8U, 9U, 16U, 17U, 255U}) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const std::vector<std::uint8_t> from(size, static_cast<std::uint8_t>(byte));
      std::string to(size, '?');
      lower_case(from.data(), size, to.data());
      const auto folded = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
      REQUIRE(to == std::string(size, folded));
    }
  }
}

TEST_CASE("names in messages") {
  ParsedName name;
  const auto read = [&](Bytes message, std::size_t at) -> std::string {
    if (!name.read(message, at)) return "bad";
    return presentation(name.lower()) + " " + std::to_string(at);
  };
  // a.b at 0, a pointer to b at 5, c and a pointer to it at 7
  const Bytes message{1, 'A', 1, 'b', 0, 0xc0, 2, 1, 'c', 0xc0, 5};
  CHECK(read(message, 0) == "a.b. 5");
  CHECK(read(message, 5) == "b. 7");
  CHECK(read(message, 7) == "c.b. 11");
  CHECK(read({0}, 0) == ". 1");

  struct Row {
    const char* why;
    Bytes message;
    std::size_t at;
  };
  const Row rows[] = {
      {"nothing there", {}, 0},
      {"behind the end", {0}, 1},
      {"a label that runs out", {3, 'a', 'b'}, 0},
      {"no root", {1, 'a'}, 0},
      {"a pointer to itself", {0xc0, 0}, 0},
      {"a pointer forward", {0xc0, 2, 0}, 0},
      {"two pointers to each other", {0xc0, 2, 0xc0, 0}, 2},
      {"a loop through a label", {1, 'a', 0xc0, 0}, 0},
      {"half a pointer", {1, 'a', 0xc0}, 0},
      {"a label of kind 01", {0x41, 'a', 0}, 0},
      {"a label of kind 10", {0x81, 'a', 0}, 0},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(read(row.message, row.at) == "bad");
    std::size_t at = row.at;
    CHECK_FALSE(name.read_uncompressed(row.message, at));
  }
  std::size_t at = 5;
  CHECK_FALSE(name.read_uncompressed(message, at));  // a question may not be compressed
}

TEST_CASE("a name in a message may have 255 bytes and no more, by whatever way it gets them") {
  ParsedName name;
  const auto with_labels = [](std::vector<std::size_t> sizes) {
    Bytes message;
    for (const std::size_t size : sizes) {
      message.push_back(static_cast<std::uint8_t>(size));
      message.insert(message.end(), size, 'x');
    }
    message.push_back(0);
    return message;
  };
  std::size_t at = 0;
  CHECK(name.read(with_labels({63, 63, 63, 61}), at));
  CHECK(name.size() == 255);
  at = 0;
  CHECK_FALSE(name.read(with_labels({63, 63, 63, 62}), at));
  at = 0;
  CHECK(name.read(with_labels(std::vector<std::size_t>(127, 1)), at));
  CHECK(name.labels().size() == 127);
  at = 0;
  CHECK_FALSE(name.read(with_labels(std::vector<std::size_t>(128, 1)), at));
  // 63+1 bytes, then a pointer to 3 x 64 bytes: one byte too many with the root.
  Bytes message = with_labels({63, 63, 63});
  at = message.size();
  message.push_back(63);
  message.insert(message.end(), 63, 'y');
  message.insert(message.end(), {0xc0, 0});
  CHECK_FALSE(name.read(message, at));
}

}  // namespace
}  // namespace naru::dns
