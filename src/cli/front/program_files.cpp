#include "cli/front/program_files.h"

#include <filesystem>

#include "cli/common/output.h"
#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/user_code.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/language/stan/program_data.h"
#include "elbow/language/stan/signatures.h"

namespace elbow::cli {
namespace {

constexpr std::size_t kLargestProgram = std::size_t{1} << 20;

std::string place_of(const std::string& file, const std::string& key) {
  const std::string path = data::find_file(file);
  if (!io::is_file(path))
    throw DataError(path + ": there is no such file",
                    key + " is looked for where it says, and under $ELBOW_DATA");
  return path;
}

stan::ProgramPtr program_in(const std::string& file) {
  return stan::read_program(io::read_file(place_of(file, "a program"), kLargestProgram), file);
}

void check_data(const stan::Program& program, const std::string& file) {
  const stan::ProgramData data =
      file.empty() ? stan::ProgramData{"data (there is no data.path)", Json::object()}
                   : stan::parse_data(data::read_maybe_gzip(place_of(file, "data.path")), file);
  stan::check_names(program, data);
}

void need_permission(const CommandLine& line, const std::string& file) {
  place_of(file, "a TorchScript density");
  if (!line.has("allow-code"))
    throw UsageError(file + ": a TorchScript density is code, which can do whatever you can",
                     "read where it comes from, then add --allow-code");
}

[[noreturn]] void refuse_data(const std::string& verb) {
  throw UsageError(verb + ": --data would do nothing: a TorchScript density has its own",
                   "leave it out");
}

std::string path_in(const Json& section) {
  return section.contains("path") && section["path"].is_string()
             ? section["path"].get<std::string>()
             : "";
}

}  // namespace

bool check_program(const CommandLine& line, const Json& config) {
  const Json& model = config.at("model");
  if (model.value("type", "") == "torchscript") {
    need_permission(line, path_in(model));
    return true;
  }
  if (model.value("type", "") != "program") return false;
  const stan::ProgramPtr program = program_in(path_in(model));
  const Json& data = config.at("data");
  check_data(*program, data.value("type", "") == "program" ? path_in(data) : "");
  return true;
}

bool describes_with_data(const CommandLine& line) {
  const bool is_of_program = line.positional.size() == 2 && line.positional[0] == "program";
  for (const char* flag : {"data", "at"})
    if (line.has(flag) && !is_of_program)
      throw UsageError(std::string("describe: --") + flag + " would do nothing: this is no program",
                       "elbow describe program F.stan --data F.json");
  if (is_of_program && is_user_code(line.positional[1])) {
    if (line.has("data")) refuse_data("describe");
    need_permission(line, line.positional[1]);
    return true;
  }
  if (!line.has("data") && !line.has("at")) return false;
  check_data(*program_in(line.positional[1]), line.text("data"));
  return true;
}

int describe_program(const CommandLine& line) {
  const stan::ProgramPtr program = program_in(line.positional[1]);
  std::string out;
  Json json = Json::array();
  for (const stan::Variable& one : program->variables) {
    const std::string declaration = stan::text_of_declaration(*program, *one.declaration);
    json.push_back({{"block", stan::name_of(one.block)},
                    {"name", one.name},
                    {"type", stan::name_of(one.declaration->declared->type)},
                    {"declaration", declaration}});
    out += std::string(stan::name_of(one.block)) + ": " + declaration + "\n";
  }
  if (line.has("json"))
    print_event("program", {{"file", line.positional[1]}, {"variables", json}});
  else
    print(out);
  return 0;
}

int list_functions(const CommandLine& line) {
  std::string out;
  for (const stan::Signature& one : stan::signatures()) {
    if (line.has("json"))
      print_event("function", {{"name", one.name}, {"takes", stan::describe(one)}});
    else
      out += stan::describe(one) + "\n";
  }
  print(out);
  return 0;
}

std::string starter_of_program(const std::string& program, const std::string& data) {
  const bool is_code = is_user_code(program);
  if (is_code) {
    place_of(program, "a TorchScript density");
    if (!data.empty()) refuse_data("init");
  } else {
    check_data(*program_in(program), data);
  }
  std::string name = std::filesystem::path(program).stem().string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '-';
  const auto quoted = [](const std::string& path) { return Json(path).dump(); };
  return "# A model of your own: docs/programs.md. By chains instead: inference: {type: hmc}, "
         "without guide.\nname: " +
         name + "\nseed: 1\ndtype: float64\ndata: {type: " + (is_code ? "none" : "program") +
         (data.empty() ? "" : ", path: " + quoted(data)) +
         // The last step is the fit: validations would choose among equals by their noise.
         ", validation_size: 0}\nmodel: {type: " + (is_code ? "torchscript" : "program") +
         ", path: " + quoted(program) +
         "}\nguide: {posterior: {type: full_rank_normal}}\n"
         "inference: {type: advi}\n";
}

}  // namespace elbow::cli
