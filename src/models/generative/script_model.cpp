#include "elbow/models/generative/script_model.h"

namespace elbow {

ComponentInfo ScriptModel::info() {
  ModelTraits traits;
  traits.needs_data = false;
  return ComponentInfo::of("torchscript",
                           "A log density of your own from PyTorch; needs --allow-code "
                           "(docs/programs.md)")
      .source("torch.jit.script; Kucukelbir et al., 2017, arXiv:1603.00788")
      .takes({Parameter::file("path", "the TorchScript archive, a .pt file")})
      .with(traits);
}

GenerativeModelPtr ScriptModel::create(const ConfigNode& node, const DataContext&) {
  return std::make_shared<ScriptModel>(ScriptTarget::from_file(node.text("path")));
}

ScriptModel::ScriptModel(std::shared_ptr<const ScriptTarget> target)
    : TargetModel(target), script_(std::move(target)) {}

std::vector<SourceFile> ScriptModel::source_files() const {
  return {{"model", "model.pt", script_->bytes()}};
}

}  // namespace elbow
