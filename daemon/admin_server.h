// The admin API: the state in force, over HTTP on a socket that only naru's user may open.
#pragma once

#include <chrono>

#include "daemon/http_message.h"
#include "daemon/view.h"

namespace naru::daemon {

/// GET /v1/{services,endpoints,nodes,pools,announcements,dns,listeners,connections,status}[?namespace=&name=&as=table].
///
/// services, endpoints, nodes and pools are Kubernetes `List`s of the objects as in force; status is one object; the
/// others are arrays of flat objects. With as=table the answer is {"kind": "Table", "columns": [{"name", "wide"}],
/// "rows": [[...]]}. 404 with {"error": "..."} for another path, 405 for another method, 400 for another parameter. A
/// filter that matches nothing gives an empty list: whether that is an error is for the asker to say. The body may be
/// one to make later.
[[nodiscard]] HttpResponse admin_response(const View& view, const HttpRequest& request,
                                          std::chrono::system_clock::time_point now);

}  // namespace naru::daemon
