#pragma once

#include "elbow/models/generative/target_model.h"
#include "elbow/models/programs/script_target.h"

namespace elbow {

/// A log density that the user wrote in PyTorch. docs/programs.md
class ScriptModel : public TargetModel {
 public:
  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);
  explicit ScriptModel(std::shared_ptr<const ScriptTarget> target);
  std::vector<SourceFile> source_files() const override;

 private:
  std::shared_ptr<const ScriptTarget> script_;
};

}  // namespace elbow
