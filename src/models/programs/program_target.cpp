#include "elbow/models/programs/program_target.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/log.h"

namespace elbow {
namespace {

constexpr std::size_t kLargestProgram = std::size_t{1} << 20;

std::string place_of(const std::string& file, const char* key) {
  const std::string path = data::find_file(file);
  if (!io::is_file(path))
    throw DataError(path + ": there is no such file", std::string("check ") + key);
  return path;
}

}  // namespace

std::shared_ptr<const ProgramTarget> ProgramTarget::from_files(const std::string& program_file,
                                                               const std::string& data_file) {
  std::string program_text = io::read_file(place_of(program_file, "model.path"), kLargestProgram);
  const stan::ProgramPtr program = stan::read_program(program_text, program_file);
  std::string data_text =
      data_file.empty() ? "" : data::read_maybe_gzip(place_of(data_file, "data.path"));
  const stan::ProgramData data =
      data_file.empty() ? stan::ProgramData{"data (there is no data.path)", Json::object()}
                        : stan::parse_data(data_text, data_file);
  const std::vector<std::string> unused = stan::check_names(*program, data);
  for (const std::string& one : unused)
    log::warning(data_file + ": '" + one + "' is not declared by " + program_file +
                 "; it is not used");
  return std::make_shared<ProgramTarget>(
      std::move(program_text), std::move(data_text), programs::ProgramDensity(program, data));
}

ProgramTarget::ProgramTarget(std::string program_text,
                             std::string data_text,
                             programs::ProgramDensity density)
    : program_text_(std::move(program_text)),
      data_text_(std::move(data_text)),
      density_(std::move(density)) {}

std::vector<TargetQuantity> ProgramTarget::quantities() const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  std::vector<TargetQuantity> out;
  for (const programs::Quantity& one : density_.quantities())
    out.push_back({one.name, kUnknown, kUnknown, one.block == stan::Block::parameters});
  return out;
}

std::vector<Replication> ProgramTarget::replications() const {
  constexpr const char* kEnding = "_rep";
  std::vector<Replication> out;
  for (const stan::Variable& one : density_.program().variables) {
    const std::size_t ending = one.name.rfind(kEnding);
    const bool is_replication = one.block == stan::Block::generated_quantities &&
                                ending != std::string::npos && ending > 0 &&
                                ending + std::strlen(kEnding) == one.name.size();
    if (!is_replication) continue;
    Replication found{one.name, density_.places_of(one.name), Tensor()};
    const auto count = static_cast<std::int64_t>(found.quantities.size());
    if (const Tensor data = density_.data_of(one.name.substr(0, ending));
        data.defined() && data.numel() == count)
      found.observed = data;
    if (count > 0) out.push_back(std::move(found));
  }
  return out;
}

Tensor ProgramTarget::quantities_at(const Tensor& z) const {
  std::vector<std::int64_t> shape = z.sizes().vec();
  const Tensor found = density_.quantities_at(z.reshape({-1, size()}), /*seed=*/0);
  shape.back() = found.size(1);
  if (const Rejections lacking = density_.take_undefined(); lacking.rejected > 0)
    log::warning(std::to_string(lacking.rejected) + " of " + std::to_string(found.size(0)) +
                 " draws lack quantities (NaN); the first: " + lacking.first_reason);
  return found.reshape(shape);
}

Tensor ProgramTarget::log_density_of(const Tensor& z) const {
  std::vector<std::int64_t> shape = z.sizes().vec();
  shape.pop_back();
  return density_.log_density(z.reshape({-1, size()}).to(at::kDouble))
      .reshape(shape)
      .to(z.scalar_type());
}

}  // namespace elbow
