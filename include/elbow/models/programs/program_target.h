#pragma once

#include "elbow/models/programs/program_density.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// A Stan program with its data as a target: a density of the unconstrained parameters, whose
/// quantities are the parameters, the transformed parameters and the generated quantities.
class ProgramTarget : public Target {
 public:
  /// @param program_file a .stan file @param data_file JSON; "" where the program has no data
  /// Each is looked for as the configuration's other files are. Data that the program does not
  /// declare are named in a warning. @throws ConfigError, DataError
  static std::shared_ptr<const ProgramTarget> from_files(const std::string& program_file,
                                                         const std::string& data_file);
  ProgramTarget(std::string program_text, std::string data_text, programs::ProgramDensity density);

  std::string name() const override { return "program"; }
  std::int64_t size() const override { return density_.size(); }
  std::optional<double> log_normaliser() const override { return std::nullopt; }
  std::vector<TargetQuantity> quantities() const override;
  Tensor quantities_at(const Tensor& z) const override;
  std::vector<Replication> replications() const override;

  Rejections rejections() const override { return density_.rejected_draws(); }

  const programs::ProgramDensity& density() const { return density_; }
  const std::string& program_text() const { return program_text_; }
  const std::string& data_text() const { return data_text_; }

 protected:
  Tensor log_density_of(const Tensor& z) const override;

 private:
  std::string program_text_, data_text_;
  programs::ProgramDensity density_;
};

}  // namespace elbow
