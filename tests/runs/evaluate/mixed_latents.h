#pragma once

namespace elbow::testing {

/// A class, a vector given it, and data linear in the vector: a mixture of linear-Gaussian models.
inline const char* const kMixed = R"(
name: mixed
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_linear_gaussian, data_size: 4, latent_size: 2, train_size: 300, validation_size: 40, test_size: 40}
model:
  latents:
    y: {size: 1, type: categorical, num_classes: 3}
    z: {size: 2, given: [y], type: diag_normal, network: {type: mlp, hidden_sizes: []}}
  likelihood: {type: normal, given: [z], scale: shared, network: {type: mlp, hidden_sizes: []}}
guide:
  latents:
    y: {given: [x], network: {type: mlp, hidden_sizes: [8]}}
    z: {given: [x, y], type: full_rank_normal, network: {type: mlp, hidden_sizes: []}}
estimator: {type: enumerate}
optimizer: {type: adam, learning_rate: 0.02}
trainer: {epochs: 15, batch_size: 50}
)";

}  // namespace elbow::testing
