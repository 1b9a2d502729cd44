// Objects from YAML and JSON files and directories, followed by inotify.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/source.h"

namespace naru::config {

/// `paths` as -f gives them: files, directories (all *.yaml, *.yml and *.json below), "-" for standard input (read
/// once). A path that does not exist is an error in every update until it appears; it is watched for.
///
/// The unit of a change is the file: a file with an error keeps what it last had in force as a whole. If it never was
/// without errors, its good objects are served and its bad ones reported.
/// An object given twice: the first in the order of paths (then of lines) is in force, the others are errors until it
/// goes.
///
/// A change is taken when its writer has closed the file or renamed it into place. A file that vanishes is taken as
/// gone after a few milliseconds, since editors and version control remove a file just before they write it anew.
///
/// Errors: inotify is not to be had (its message says which limit to raise).
[[nodiscard]] Result<std::unique_ptr<Source>> watch_files(const std::vector<std::string>& paths);

/// Everything in `paths`, once, as `naru check` wants it; nothing is watched.
[[nodiscard]] SourceUpdate load_files(const std::vector<std::string>& paths);

}  // namespace naru::config
