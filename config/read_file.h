// Bytes of a file, bounded.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace naru::config {

/// The whole of a regular file. Errors: it cannot be opened or read ("cannot be read: Permission denied", code
/// not_found where it is not there), is no regular file, or is larger than `most`.
/// `buffer` gives its memory: a large file that is read often then costs no new pages.
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t most, std::string buffer = {});

/// All that `fd` gives until its end; blocks. Errors: as above.
[[nodiscard]] Result<std::string> read_stream(int fd, std::size_t most);

}  // namespace naru::config
