#include "data_checks.h"

#include "elbow/core/error.h"

namespace elbow {

void check_support(const ConfigNode& config, const Dataset& dataset) {
  if (config.child("model").type() != "latent") return;  // others look for themselves
  if (dataset.is_corpus())
    config.child("data").refuse("word counts have no likelihood in the model 'latent'",
                                "elbow list model shows the models",
                                "type");
  const ConfigNode likelihood = config.child("model").child("likelihood");
  const std::string name = likelihood.type();
  if (name == "bernoulli" && dataset.gives_grey())
    likelihood.refuse(
        "the data are grey levels, but the likelihood 'bernoulli' scores 0 and 1",
        "set binarize: dynamic for these data, or model.likelihood.type=continuous_bernoulli");
  if (dataset.raw().splits.at("train").images.element == data::Element::u8 || name == "normal")
    return;
  for (const auto& [split, raw] : dataset.raw().splits) {
    const std::vector<float> values = data::to_float(raw.images);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool fits = name == "bernoulli" ? values[i] == 0.0f || values[i] == 1.0f
                                            : values[i] >= 0.0f && values[i] <= 1.0f;
      if (!fits)
        throw DataError((raw.file.empty() ? "data." + config.child("data").type() : raw.file) +
                            ": value " + std::to_string(values[i]) + " in the " + split +
                            " split, but the likelihood '" + name + "' expects " +
                            (name == "bernoulli" ? "0 or 1" : "[0, 1]"),
                        "set model.likelihood.type=normal");
    }
  }
}

}  // namespace elbow
