#include "gradient_pictures.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/runs/evaluate/density_comparison.h"
#include "elbow/runs/evaluate/pictures.h"

namespace elbow {
namespace {

constexpr int kPicturesInARow = 8;

NamedPicture encoded(const std::string& name, const Picture& picture) {
  return {name, encode_png(picture), picture.width, picture.height};
}

/// Inputs that the seed chooses, over their reconstructions.
Picture reconstructions(Reconstructor& reconstructor,
                        const Dataset& dataset,
                        const PictureOptions& options) {
  const std::string split = dataset.has("valid") ? "valid" : "train";
  const std::int64_t count =
      std::min<std::int64_t>((options.image_count + 1) / 2, dataset.size(split));
  const Permutation order(derive_key(options.seed, Purpose::reconstruct), 0, dataset.size(split));
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(order(i));
  const Batch batch = dataset.batch(split, rows, /*epoch=*/0);
  return tensor_grid(interleave_rows(batch.x, reconstructor.reconstruct(batch), kPicturesInARow),
                     dataset.event_shape(),
                     kPicturesInARow);
}

}  // namespace

std::vector<NamedPicture> gradient_pictures(const Modules& modules,
                                            Sampler& sampler,
                                            Reconstructor* reconstructor,
                                            const Dataset& dataset,
                                            const PictureOptions& options) {
  modules.model->eval();
  modules.guide->eval();
  if (dataset.is_corpus()) return {};
  if (picture_shape(dataset.event_shape()).empty()) {
    const auto plane = density_comparison(modules, dataset, options.seed);
    if (!plane) return {};
    return {encoded(plane->name, plane->picture)};
  }
  const c10::InferenceMode inference;
  std::vector<NamedPicture> out;
  if (reconstructor != nullptr)
    out.push_back(encoded("reconstructions", reconstructions(*reconstructor, dataset, options)));
  const SampleOptions of_samples{/*use_mean=*/true, options.seed};
  out.push_back(encoded("samples",
                        tensor_grid(draw_samples(sampler, options.image_count, of_samples),
                                    dataset.event_shape(),
                                    kPicturesInARow)));
  return out;
}

}  // namespace elbow
