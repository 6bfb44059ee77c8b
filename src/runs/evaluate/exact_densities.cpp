// Models without latents: the density of an example is a number, not an estimate.
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "elbow/models/generative/trace.h"
#include "elbow/runs/evaluate/importance.h"

namespace elbow {

std::vector<ExampleEstimate> exact_densities(GenerativeModel& model,
                                             const Dataset& dataset,
                                             const std::string& split,
                                             const std::vector<std::int64_t>& rows,
                                             std::int64_t batch_size) {
  const c10::InferenceMode inference;
  model.eval();
  std::vector<ExampleEstimate> out;
  for (std::size_t begin = 0; begin < rows.size(); begin += static_cast<std::size_t>(batch_size)) {
    const std::size_t end = std::min(rows.size(), begin + static_cast<std::size_t>(batch_size));
    const Batch batch = dataset.batch(split, {rows.data() + begin, rows.data() + end}, /*epoch=*/0);
    GeneratorSource nothing_drawn;
    const Trace scored = model.score(batch, Trace(), {nothing_drawn});
    const Tensor log_p = scored.at("x").log_prob()[0].to(at::kCPU, at::kDouble).contiguous();
    for (std::int64_t i = 0; i < log_p.size(0); ++i) {
      ExampleEstimate example;
      example.elbo = example.reconstruction = example.log_evidence =
          log_p.const_data_ptr<double>()[i];
      example.effective_sample_size = 1;
      example.pareto_k = NAN;
      out.push_back(std::move(example));
    }
  }
  return out;
}

}  // namespace elbow
