#include "daemon/get_output.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/url/url.hpp>

#include "daemon/to_yaml.h"

namespace naru::daemon {
namespace {

namespace json = boost::json;

bool is_tabular(OutputFormat format) {
  return format == OutputFormat::table || format == OutputFormat::wide;
}

Table table_from(const json::value& answer) {
  Table table;
  for (const json::value& column : answer.at("columns").as_array()) {
    table.columns.push_back({std::string(column.at("name").as_string()), column.at("wide").as_bool()});
  }
  for (const json::value& row : answer.at("rows").as_array()) {
    std::vector<std::string> cells;
    for (const json::value& cell : row.as_array()) cells.emplace_back(cell.as_string());
    cells.resize(table.columns.size());
    table.rows.push_back(std::move(cells));
  }
  return table;
}

void drop_namespace(Table& table) {
  if (table.columns.empty() || table.columns.front().name != "NAMESPACE") return;
  table.columns.erase(table.columns.begin());
  for (auto& row : table.rows) row.erase(row.begin());
}

void emit_pretty(const json::value& value, std::size_t indent, std::string& out);

void open_line(std::string& out, std::size_t indent, bool first) {
  out += first ? "\n" : ",\n";
  out.append(indent, ' ');
}

void emit_pretty_object(const json::object& object, std::size_t indent, std::string& out) {
  out += "{";
  bool first = true;
  for (const auto& member : object) {
    open_line(out, indent + 4, std::exchange(first, false));
    out += json::serialize(json::string(member.key())) + ": ";
    emit_pretty(member.value(), indent + 4, out);
  }
  out += "\n" + std::string(indent, ' ') + "}";
}

void emit_pretty_array(const json::array& array, std::size_t indent, std::string& out) {
  out += "[";
  bool first = true;
  for (const json::value& item : array) {
    open_line(out, indent + 4, std::exchange(first, false));
    emit_pretty(item, indent + 4, out);
  }
  out += "\n" + std::string(indent, ' ') + "]";
}

void emit_pretty(const json::value& value, std::size_t indent, std::string& out) {
  if (value.is_object() && !value.get_object().empty()) return emit_pretty_object(value.get_object(), indent, out);
  if (value.is_array() && !value.get_array().empty()) return emit_pretty_array(value.get_array(), indent, out);
  out += json::serialize(value);
}

const json::array& contents(const json::value& answer) {
  if (answer.is_array()) return answer.get_array();
  return (answer.at("kind").as_string() == "Table" ? answer.at("rows") : answer.at("items")).as_array();
}

}  // namespace

std::string get_target(const GetOptions& options) {
  boost::urls::url target;
  target.set_path("/v1/" + options.what);
  if (options.name_space) target.params().append({"namespace", *options.name_space});
  if (options.name) target.params().append({"name", *options.name});
  if (is_tabular(options.output)) target.params().append({"as", "table"});
  return target.buffer();
}

bool is_empty_answer(const json::value& answer) {
  return contents(answer).empty();
}

std::string get_output(const GetOptions& options, const json::value& answer) {
  if (options.output == OutputFormat::json) return to_pretty_json(answer);
  if (options.output == OutputFormat::yaml) return to_yaml(answer);
  Table table = table_from(answer);
  if (options.name_space) drop_namespace(table);
  return to_text(table, options.output == OutputFormat::wide);
}

std::string standing_errors(const json::value& status) {
  const json::array& errors = status.at("errors").as_array();
  if (errors.empty()) return {};
  std::string text = errors.size() == 1 ? std::string("1 error in the sources; what it names")
                                        : fmt::format("{} errors in the sources; what they name", errors.size());
  text += " is not in force, or is as it was before:\n";
  for (const json::value& error : errors) text += fmt::format("  {}\n", std::string(error.at("message").as_string()));
  return text;
}

std::string to_pretty_json(const json::value& value) {
  std::string out;
  emit_pretty(value, 0, out);
  return out + "\n";
}

}  // namespace naru::daemon
