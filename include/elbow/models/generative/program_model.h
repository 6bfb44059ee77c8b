#pragma once

#include "elbow/models/generative/target_model.h"
#include "elbow/models/programs/program_target.h"

namespace elbow {

/// A model that the user wrote, as a Stan program. docs/programs.md
class ProgramModel : public TargetModel {
 public:
  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);
  explicit ProgramModel(std::shared_ptr<const ProgramTarget> target);
  std::vector<SourceFile> source_files() const override;

 private:
  std::shared_ptr<const ProgramTarget> program_;
};

}  // namespace elbow
