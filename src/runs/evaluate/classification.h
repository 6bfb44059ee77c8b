#pragma once

#include <string>
#include <vector>

#include "elbow/data/dataset/dataset.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// How well the most probable values of discrete latents fit the labels of a split, over the
/// examples that have one: {"accuracy": {...}} of the latent that is the label;
/// {"cluster_accuracy": {latent: {...}}} of others that choose one of several classes, under the
/// best one-to-one assignment of their values to the classes. Empty where there are no labels.
Json classification(const GenerativeModel& model,
                    Guide& guide,
                    const Dataset& dataset,
                    const std::string& split,
                    const std::vector<std::int64_t>& rows,
                    std::int64_t batch_size);

}  // namespace elbow
