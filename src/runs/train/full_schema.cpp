#include "elbow/runs/train/full_schema.h"

#include "elbow/inference/methods/experiment.h"
#include "elbow/runs/train/trainer_options.h"

namespace elbow {

Schema full_schema() {
  std::vector<ComponentInfo> components = experiment_components();
  for (auto& section : TrainerOptions::sections()) components.push_back(std::move(section));
  return Schema(std::move(components));
}

}  // namespace elbow
