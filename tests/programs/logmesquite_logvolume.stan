// Log leaf weight of mesquite bushes on log canopy volume, flat priors. Data: mesquite.
data {
  int<lower=0> N;
  vector[N] weight;
  vector[N] diam1;
  vector[N] diam2;
  vector[N] canopy_height;
}
transformed data {
  vector[N] y = log(weight);
  vector[N] log_volume = log(diam1) + log(diam2) + log(canopy_height);
}
parameters {
  vector[2] beta;
  real<lower=0> sigma;
}
model {
  target += normal_lpdf(y | beta[1] + beta[2] * log_volume, sigma);
}
generated quantities {
  array[N] real y_rep = normal_rng(beta[1] + beta[2] * log_volume, sigma);
  vector[N] log_lik;
  for (n in 1 : N) {
    log_lik[n] = normal_lpdf(y[n] | beta[1] + beta[2] * log_volume[n], sigma);
  }
}
