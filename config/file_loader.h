// The objects of one file, loaded again only where its text changed.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.h"

namespace naru::config {

/// The text from one document marker (a line that begins with ---) to the next, and what it says.
struct Chunk {
  std::size_t size{};  // bytes
  int lines{};         // line feeds in it
  Origin origin;
  Loaded loaded;
};

using Chunks = std::vector<std::shared_ptr<const Chunk>>;

/// Remembers the text of a file and its chunks. A new text costs two comparisons of memory and the loading of the
/// chunks that are not in the old one; a chunk that stays is the same chunk, with the same objects, wherever it has
/// moved to.
class FileLoader {
 public:
  /// `file`: what messages call it.
  explicit FileLoader(std::string file) : file_(std::move(file)) {}

  /// Large texts are loaded by several threads at once. Returns a text that is not needed any more, for its memory.
  std::string update(std::string text);

  /// Of the newest text: unfit, or the chunks with what is right and wrong in each.
  [[nodiscard]] const std::optional<Issue>& unfit() const { return unfit_; }
  [[nodiscard]] const Chunks& chunks() const { return chunks_; }
  /// No chunk has an error, or anything skipped.
  [[nodiscard]] bool silent() const { return telling_ == 0; }

 private:
  std::string file_;
  std::string text_;  // what chunks_ were made of, end to end
  Chunks chunks_;
  std::ptrdiff_t telling_{};  // how many of them are not silent
  std::optional<Issue> unfit_;
};

/// The documents of `text`, with their markers, end to end. Exposed for its tests.
[[nodiscard]] std::vector<std::string_view> split_documents(std::string_view text);

}  // namespace naru::config
