#pragma once

namespace elbow::testing {

/// The model of docs/adding-a-component.md with a guide of its own.
inline const char* kTwoLevelRun = R"(
name: two
seed: 3
device: cpu
threads: 1
dtype: float64
data: {type: synthetic_linear_gaussian, data_size: 5, latent_size: 3, train_size: 400, validation_size: 50, test_size: 60}
model: {type: two_level}
guide: {type: two_level}
objective: {type: elbo, kl: monte_carlo, num_particles: 4}
optimizer: {type: adam, learning_rate: 0.05}
trainer: {epochs: 20, batch_size: 50}
)";

}  // namespace elbow::testing
