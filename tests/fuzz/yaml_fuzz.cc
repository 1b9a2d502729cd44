// Whatever a file says: it is read within bounds, every fault has one line of words and a place in the file, the fast
// parser and the full one agree, and loading again in part gives what loading the whole gives.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/block_yaml.h"
#include "config/configuration.h"
#include "config/document.h"
#include "config/file_loader.h"
#include "config/text_check.h"

namespace naru::config {
namespace {

void check(bool truth) {
  if (!truth) std::abort();
}

bool same(const Value& a, const Value& b) {
  if (a.type != b.type || a.quoted != b.quoted || a.text != b.text || a.items.size() != b.items.size()) return false;
  if (a.type != Value::Type::null && a.line != b.line) return false;  // where nothing stands is a matter of taste
  const auto same_key = [](const Value::Key& x, const Value::Key& y) { return x.name == y.name && x.line == y.line; };
  return std::ranges::equal(a.keys, b.keys, same_key) && std::ranges::equal(a.items, b.items, same);
}

void parsers_agree(std::string_view text) {
  if (check_text(text)) return;
  const auto fast = parse_block_yaml(text);
  if (!fast) return;
  const Documents full = parse_full_yaml(text);
  check(!full.fault && full.documents.size() == 1 && same(*fast, full.documents[0]));
}

void check_issue(const Issue& issue, int lines) {
  const std::string text = issue.to_string();
  check(!text.empty() && std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' '; }));
  check(issue.location.line_in_file() >= 0 && issue.location.line_in_file() <= lines + 1);
}

std::string summary(const FileLoader& loader, int lines) {
  std::string all;
  if (loader.unfit()) {
    check_issue(*loader.unfit(), lines);
    return loader.unfit()->to_string();
  }
  for (const auto& chunk : loader.chunks()) {
    for (const Object& object : chunk->loaded.objects)
      all += key_of(object).to_string() + meta_of(object).location.to_string() + '\n';
    for (const Issue& issue : chunk->loaded.errors) {
      check_issue(issue, lines);
      all += issue.to_string() + '\n';
    }
    for (const Issue& issue : notices_of(chunk->loaded.skipped)) check_issue(issue, lines);
  }
  return all;
}

/// `text` is loaded after `before`, and by itself.
void loads_agree(const std::string& before, const std::string& text) {
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  FileLoader again("f.yaml");
  FileLoader fresh("f.yaml");
  again.update(before);
  again.update(text);
  fresh.update(text);
  check(summary(again, lines) == summary(fresh, lines));
}

}  // namespace
}  // namespace naru::config

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace naru::config;
  const std::string text(reinterpret_cast<const char*>(data), size);
  parsers_agree(text);
  // The text before: the same without a piece in its middle, so that both ends are alike.
  const std::size_t from = size / 3;
  loads_agree(text.substr(0, from) + text.substr(from + size / 4), text);
  const auto loaded = load_configuration(text, "c.yaml", {1000, "host", "/home/u", "", ""});
  for (const Issue& issue : loaded.errors) check_issue(issue, 1 << 30);
  return 0;
}
