#include "config/file_loader.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <span>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

namespace naru::config {
namespace {

constexpr std::string_view kMarker = "\n---";
constexpr std::size_t kBlock = 4096;

bool ends_marker(std::string_view text, std::size_t at) {
  return at >= text.size() || text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r';
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t at = 0;
  while (at + kBlock <= most && std::memcmp(a.data() + at, b.data() + at, kBlock) == 0) at += kBlock;
  while (at < most && a[at] == b[at]) ++at;
  return at;
}

std::size_t common_suffix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  const auto tail = [](std::string_view text, std::size_t n) { return text.data() + text.size() - n; };
  std::size_t n = 0;
  while (n + kBlock <= most && std::memcmp(tail(a, n + kBlock), tail(b, n + kBlock), kBlock) == 0) n += kBlock;
  while (n < most && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  return n;
}

int count_lines(std::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

/// Chunks at both ends of the old text that the new one has too.
struct Kept {
  std::size_t front{};  // how many chunks
  std::size_t front_bytes{};
  std::size_t back{};
  std::size_t back_bytes{};
};

/// A chunk is kept only with the marker that ends it and the line feed before its own, since these make its bounds.
/// `prefix`: as much is alike at the front.
Kept kept_chunks(std::string_view before, std::string_view after, const Chunks& chunks, std::size_t prefix) {
  Kept kept;
  while (kept.front < chunks.size() && kept.front_bytes + chunks[kept.front]->size + kMarker.size() <= prefix) {
    kept.front_bytes += chunks[kept.front++]->size;
  }
  const std::size_t suffix = common_suffix(before.substr(kept.front_bytes), after.substr(kept.front_bytes));
  while (kept.front + kept.back < chunks.size()) {
    const std::size_t size = chunks[chunks.size() - 1 - kept.back]->size;
    if (kept.back_bytes + size + 1 > suffix) break;
    kept.back_bytes += size;
    ++kept.back;
  }
  return kept;
}

std::size_t threads_for(const std::vector<std::string_view>& texts) {
  constexpr std::size_t kWorthThread = 256 * 1024;  // of bytes
  constexpr std::size_t kMost = 16;
  std::size_t bytes = 0;
  for (const std::string_view text : texts) bytes += text.size();
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return std::min({cores, kMost, texts.size(), bytes / kWorthThread + 1});
}

/// Loads `texts[i]` into `chunks[i]`, by all cores where that is worth their threads.
void load_all(const std::vector<std::string_view>& texts, const std::vector<std::shared_ptr<Chunk>>& chunks) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < texts.size(); i = next++)
      chunks[i]->loaded = load_documents(texts[i], chunks[i]->origin);
  };
  std::vector<std::jthread> helpers;
  try {
    for (std::size_t i = 1; i < threads_for(texts); ++i) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // No more threads are to be had; those that there are, and this one, do it all.
  }
  work();
}

using ByText = std::unordered_multimap<std::string_view, std::shared_ptr<const Chunk>>;

/// The chunks of the old text between those that were kept.
ByText by_text(std::string_view text, const Chunks& chunks, const Kept& kept) {
  ByText by_text;
  std::size_t at = kept.front_bytes;
  for (std::size_t i = kept.front; i < chunks.size() - kept.back; ++i) {
    by_text.emplace(text.substr(at, chunks[i]->size), chunks[i]);
    at += chunks[i]->size;
  }
  return by_text;
}

/// The chunks of a text, and which of them are still to be loaded.
struct Remade {
  Chunks chunks;
  std::vector<std::string_view> texts;
  std::vector<std::shared_ptr<Chunk>> loading;  // as many
};

/// Takes chunks from `old` where the same text is there (each old chunk once).
Remade remake(const std::string& file, std::string_view text, ByText old, int lines_before) {
  Remade remade;
  for (const std::string_view part : split_documents(text)) {
    if (const auto found = old.find(part); found != old.end()) {
      remade.chunks.push_back(std::move(found->second));
      old.erase(found);
    } else {
      auto chunk = std::make_shared<Chunk>(Chunk{part.size(), count_lines(part), Origin(file, lines_before), {}});
      remade.texts.push_back(part);
      remade.loading.push_back(chunk);
      remade.chunks.push_back(std::move(chunk));
    }
    lines_before += remade.chunks.back()->lines;
  }
  return remade;
}

/// What was loaded before was fit; the first that is not is enough, as a binary file is one mistake.
std::optional<Issue> unfit_of(const Remade& remade) {
  for (std::size_t i = 0; i < remade.texts.size(); ++i) {
    if (auto issue = unfit(remade.texts[i], remade.loading[i]->origin)) return issue;
  }
  return std::nullopt;
}

/// Tells the chunks from `first` on, which begins at `at`, after so many lines, where they are now. Messages may have
/// line numbers in their words, so a bad chunk that moved is loaded again.
void place(const std::string& file, std::string_view text, std::span<std::shared_ptr<const Chunk>> chunks,
           std::size_t at, int lines_before) {
  for (auto& chunk : chunks) {
    const bool moved = chunk->origin.lines_before() != lines_before;
    if (moved && chunk->loaded.errors.empty()) chunk->origin.move_to(lines_before);
    if (moved && !chunk->loaded.errors.empty()) {
      const Origin origin(file, lines_before);
      chunk = std::make_shared<Chunk>(
          Chunk{chunk->size, chunk->lines, origin, load_documents(text.substr(at, chunk->size), origin)});
    }
    at += chunk->size;
    lines_before += chunk->lines;
  }
}

int lines_of(const Chunks& chunks, std::size_t count) {
  int lines = 0;
  for (std::size_t i = 0; i < count; ++i) lines += chunks[i]->lines;
  return lines;
}

template <class Iterator>
std::ptrdiff_t count_telling(Iterator first, Iterator last) {
  return std::count_if(
      first, last, [](const auto& chunk) { return !chunk->loaded.errors.empty() || !chunk->loaded.skipped.empty(); });
}

}  // namespace

std::vector<std::string_view> split_documents(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(kMarker); at != std::string_view::npos; at = text.find(kMarker, at + 1)) {
    if (!ends_marker(text, at + kMarker.size())) continue;
    parts.push_back(text.substr(begin, at + 1 - begin));
    begin = at + 1;
  }
  if (begin < text.size()) parts.push_back(text.substr(begin));
  return parts;
}

std::string FileLoader::update(std::string text) {
  const std::size_t prefix = common_prefix(text_, text);
  if (!unfit_ && prefix == text.size() && prefix == text_.size()) return text;
  const Kept kept = kept_chunks(text_, text, chunks_, prefix);
  const std::string_view changed(text.data() + kept.front_bytes, text.size() - kept.front_bytes - kept.back_bytes);
  const int lines_before = lines_of(chunks_, kept.front);
  Remade remade = remake(file_, changed, by_text(text_, chunks_, kept), lines_before);
  unfit_ = text.size() > kLargestFile ? config::unfit(text, Origin(file_, 0)) : unfit_of(remade);
  if (unfit_) return text;  // the chunks stay: the next text is likely to be much like the last fit one
  load_all(remade.texts, remade.loading);
  const auto front = chunks_.begin() + static_cast<std::ptrdiff_t>(kept.front);
  const auto back = chunks_.end() - static_cast<std::ptrdiff_t>(kept.back);
  telling_ += count_telling(remade.chunks.begin(), remade.chunks.end()) - count_telling(front, back);
  chunks_.insert(chunks_.erase(front, back), remade.chunks.begin(), remade.chunks.end());
  place(file_, text, std::span(chunks_).subspan(kept.front), kept.front_bytes, lines_before);
  return std::exchange(text_, std::move(text));
}

}  // namespace naru::config
