// Log radon, an intercept per county (non-centred), truncated scales. Data: radon_mn.
data {
  int<lower=0> J;
  int<lower=0> N;
  array[N] int<lower=1, upper=J> county_idx;
  vector[N] floor_measure;
  vector[N] log_radon;
}
parameters {
  vector[J] alpha_raw;
  real beta;
  real mu_alpha;
  real<lower=0> sigma_alpha;
  real<lower=0> sigma_y;
}
transformed parameters {
  vector[J] alpha = mu_alpha + sigma_alpha * alpha_raw;
}
model {
  // T[0, ] adds log 2 each, a constant that posteriordb's program leaves out.
  sigma_y ~ normal(0, 1) T[0, ];
  sigma_alpha ~ normal(0, 1) T[0, ];
  mu_alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  alpha_raw ~ std_normal();
  for (n in 1 : N) {
    log_radon[n] ~ normal(alpha[county_idx[n]] + floor_measure[n] * beta, sigma_y);
  }
}
