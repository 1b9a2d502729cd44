#include "daemon/get_command.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <ostream>

#include "daemon/get_output.h"
#include "daemon/http_client.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kTimeout{10};

std::string advice(Errc code) {
  switch (code) {
    case Errc::permission:
      return "Only the user that runs naru, and root, may ask it: try as that user.";
    case Errc::io:
      return "Something else may listen there.";
    default:
      return "Is `naru run` running? Name its socket with --socket PATH, or the configuration it runs with by --config "
             "FILE.";
  }
}

Result<json::value> ask(const std::string& socket_path, const std::string& target) {
  auto response = http_get(socket_path, target, kTimeout);
  if (response.has_error()) {
    const Error& error = response.error();
    return Error{error.code,
                 fmt::format("no naru answers on {}: {}\n{}", socket_path, error.message, advice(error.code))};
  }
  boost::system::error_code failed;
  json::value answer = json::parse(response->body, failed);
  if (!failed && response->status == 200) return answer;
  return Error{Errc::io, fmt::format("{} answered {}: {}", socket_path, response->status, response->body)};
}

std::string nothing_found(const GetOptions& options) {
  return options.name_space ? fmt::format("No resources found in {} namespace.\n", *options.name_space)
                            : std::string("No resources found\n");
}

int print(const GetOptions& options, const json::value& answer, std::ostream& out, std::ostream& err) {
  const bool empty = is_empty_answer(answer);
  if (empty && options.name) {
    err << fmt::format("Error: {} \"{}\" not found\n", options.what, *options.name);
    return kExitBadInput;
  }
  const std::string text = get_output(options, answer);
  out << text << std::flush;
  if (text.empty()) err << nothing_found(options);
  return kExitDone;
}

}  // namespace

int run_get(const GetOptions& options, const std::string& socket_path, std::ostream& out, std::ostream& err) {
  const auto answer = ask(socket_path, get_target(options));
  if (answer.has_error()) {
    err << "Error: " << answer.error().message << "\n";
    return kExitBadInput;
  }
  const int code = print(options, *answer, out, err);
  if (options.output == OutputFormat::json || options.output == OutputFormat::yaml) return code;
  const auto status = ask(socket_path, "/v1/status");
  if (status.has_value()) err << standing_errors(*status);
  return code;
}

}  // namespace naru::daemon
