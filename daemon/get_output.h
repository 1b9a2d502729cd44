// What `naru get` prints of the admin API's answers. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "daemon/command_line.h"
#include "daemon/table.h"

namespace naru::daemon {

/// The path and query to ask for.
[[nodiscard]] std::string get_target(const GetOptions& options);
/// Whether an answer, a list or a table, has anything in it.
[[nodiscard]] bool is_empty_answer(const boost::json::value& answer);
/// In the form that the options ask for. Tables leave the namespace's column out where one namespace was asked for.
[[nodiscard]] std::string get_output(const GetOptions& options, const boost::json::value& answer);
/// From the answer to /v1/status: the standing errors of the sources, one a line below a headline; empty if there are
/// none.
[[nodiscard]] std::string standing_errors(const boost::json::value& status);
/// Indented by four, as kubectl prints it, with a line end.
[[nodiscard]] std::string to_pretty_json(const boost::json::value& value);

}  // namespace naru::daemon
