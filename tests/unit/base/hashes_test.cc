// Hashes by the vectors that their authors have published, and others at the edges of their blocks.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "base/siphash.h"

namespace naru {
namespace {

std::string hex(const Sha256& digest) {
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

/// The key 00 01 .. 0f, and data of that many bytes 00 01 ..., as the authors have it.
std::string siphash_of(std::size_t size) {
  std::array<std::uint8_t, 16> key{};
  std::iota(key.begin(), key.end(), std::uint8_t{0});
  std::vector<std::uint8_t> data(size);
  std::iota(data.begin(), data.end(), std::uint8_t{0});
  const std::uint64_t hash = siphash24(key, data);
  std::string text;
  for (int i = 0; i < 8; ++i) text += fmt::format("{:02x}", hash >> (8 * i) & 0xff);
  return text;
}

TEST_CASE("SipHash-2-4") {
  CHECK(siphash_of(0) == "310e0edd47db6f72");
  CHECK(siphash_of(1) == "fd67dc93c539f874");
  CHECK(siphash_of(7) == "37d1018bf50002ab");
  CHECK(siphash_of(8) == "6224939a79f5f593");
  CHECK(siphash_of(9) == "b0e4a90bdf82009e");
  CHECK(siphash_of(15) == "e545be4961ca29a1");
  CHECK(siphash_of(16) == "db9bc2577fcc2a3f");
  CHECK(siphash_of(20) == "98eea21af25cd6be");
  CHECK(siphash_of(32) == "ce7cf2722f512771");
  CHECK(siphash_of(63) == "724506eb4c328a95");
}

TEST_CASE("SHA-256") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(55, 'a'))) == "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  CHECK(hex(sha256(std::string(56, 'a'))) == "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  CHECK(hex(sha256(std::string(63, 'a'))) == "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
  CHECK(hex(sha256(std::string(64, 'a'))) == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  CHECK(hex(sha256(std::string(65, 'a'))) == "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0");
  CHECK(hex(sha256(std::string(119, 'a'))) == "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
  CHECK(hex(sha256(std::string(120, 'a'))) == "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
  CHECK(hex(sha256(std::string(1000, 'a'))) == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}

}  // namespace
}  // namespace naru
