#include "config/file_set.h"

#include <utility>

#include "config/read_file.h"

namespace naru::config {

FileSet::File& FileSet::file_at(const std::string& path) {
  return files_.try_emplace(path, path).first->second;
}

bool FileSet::refresh(const std::string& path) {
  auto text = read_file(path, kLargestFile, std::move(spare_));
  if (text) {
    set_text(path, std::move(*text));
  } else if (text.error().code == Errc::not_found) {
    return false;
  } else {
    set_unreadable(path, text.error().message);
  }
  return true;
}

void FileSet::set_text(const std::string& path, std::string text) {
  File& file = file_at(path);
  file.unreadable.clear();
  spare_ = file.loader.update(std::move(text));
  judge(path, file);
  note(path, file);
}

void FileSet::set_unreadable(const std::string& path, std::string reason) {
  File& file = file_at(path);
  file.unreadable = std::move(reason);
  collect(path, file);
  note(path, file);
}

bool FileSet::erase(const std::string& path) {
  const auto found = files_.find(path);
  if (found == files_.end()) return false;
  index_.replace(path, found->second.in_force, {});
  files_.erase(found);
  telling_.erase(path);
  return true;
}

bool FileSet::unreadable(const std::string& path) const {
  const auto found = files_.find(path);
  return found != files_.end() && !found->second.unreadable.empty();
}

std::vector<std::string> FileSet::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, file] : files_) all.push_back(path);
  return all;
}

/// Puts in force what the file says, unless it has errors and something older without errors is in force.
void FileSet::judge(const std::string& path, File& file) {
  collect(path, file);
  const bool good = file.errors.empty();
  file.keeps_old = !good && file.was_good;
  file.was_good = file.was_good || good;
  if (file.keeps_old || file.loader.unfit()) return;
  index_.replace(path, file.in_force, file.loader.chunks());
  file.in_force = file.loader.chunks();
}

void FileSet::collect(const std::string& path, File& file) {
  file.errors.clear();
  file.skipped.clear();
  if (!file.unreadable.empty()) file.errors.push_back({{Origin(path, 0), 0}, {}, {}, file.unreadable});
  if (file.loader.unfit()) {
    file.errors.push_back(*file.loader.unfit());
    return;
  }
  if (file.loader.silent()) return;
  for (const auto& chunk : file.loader.chunks()) {
    const Loaded& loaded = chunk->loaded;
    file.errors.insert(file.errors.end(), loaded.errors.begin(), loaded.errors.end());
    file.skipped.insert(file.skipped.end(), loaded.skipped.begin(), loaded.skipped.end());
  }
}

/// An older version stays in force only where there is an error.
void FileSet::note(const std::string& path, const File& file) {
  if (file.errors.empty() && file.skipped.empty()) {
    telling_.erase(path);
  } else {
    telling_.insert(path);
  }
}

SourceUpdate FileSet::take() {
  SourceUpdate update;
  std::vector<Skipped> skipped;
  std::vector<Issue> kept;
  for (const std::string& path : telling_) {
    const File& file = files_.at(path);
    update.errors.insert(update.errors.end(), file.errors.begin(), file.errors.end());
    skipped.insert(skipped.end(), file.skipped.begin(), file.skipped.end());
    const bool keeps = file.keeps_old || (!file.unreadable.empty() && file.was_good);
    if (keeps) kept.push_back({{Origin(path, 0), 0}, {}, {}, "has errors; what it said before them stays in force"});
  }
  update.notices = notices_of(skipped);
  update.notices.insert(update.notices.end(), kept.begin(), kept.end());
  index_.take(update);
  return update;
}

}  // namespace naru::config
