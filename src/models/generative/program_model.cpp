#include "elbow/models/generative/program_model.h"

namespace elbow {

ComponentInfo ProgramModel::info() {
  ModelTraits traits;
  traits.needs_data = false;
  traits.is_program = true;
  return ComponentInfo::of("program",
                           "A model of your own, written as a Stan program (docs/programs.md)")
      .source(
          "Carpenter et al., Stan: a probabilistic programming language, 2017, doi:10.18637/"
          "jss.v076.i01; Kucukelbir et al., 2017, arXiv:1603.00788")
      .takes({Parameter::file("path", "the program, a .stan file")})
      .with(traits);
}

GenerativeModelPtr ProgramModel::create(const ConfigNode& node, const DataContext& data) {
  return std::make_shared<ProgramModel>(
      ProgramTarget::from_files(node.text("path"), data.program_data));
}

ProgramModel::ProgramModel(std::shared_ptr<const ProgramTarget> target)
    : TargetModel(target), program_(std::move(target)) {}

std::vector<SourceFile> ProgramModel::source_files() const {
  std::vector<SourceFile> out{{"model", "model.stan", program_->program_text()}};
  if (!program_->data_text().empty()) out.push_back({"data", "data.json", program_->data_text()});
  return out;
}

}  // namespace elbow
