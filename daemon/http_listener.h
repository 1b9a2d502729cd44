// Listening sockets for the HTTP server, with failures that say what to do.
#pragma once

#include <filesystem>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "runtime/unique_fd.h"

namespace naru::daemon {

/// See HttpServer::listen.
Result<runtime::UniqueFd> listen_http(const SocketAddress& address, const std::string& setting);
/// See HttpServer::listen_unix.
Result<runtime::UniqueFd> listen_http_unix(const std::filesystem::path& path, const std::string& setting);
/// Where a TCP socket listens.
[[nodiscard]] SocketAddress local_address(int fd);

}  // namespace naru::daemon
