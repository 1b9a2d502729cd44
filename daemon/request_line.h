// A request as one line of JSON, for the access log.
#pragma once

#include <chrono>
#include <string>

#include "proxy/http/request_record.h"
#include "proxy/table.h"

namespace naru::daemon {

/// The line, without its end. `address`: that the client connected to. What does not apply is left out; bytes that are
/// not ASCII are percent-encoded, so that the line is always JSON.
[[nodiscard]] std::string request_line(const proxy::RequestRecord& record, const proxy::ServicePort& port,
                                       const SocketAddress& address, std::chrono::system_clock::time_point now);

}  // namespace naru::daemon
