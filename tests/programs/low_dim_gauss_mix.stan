// Mixture of two normal distributions with ordered means. Data: low_dim_gauss_mix.
data {
  int<lower=1> N;
  array[N] real y;
}
parameters {
  ordered[2] mu;
  array[2] real<lower=0> sigma;
  real<lower=0, upper=1> theta;
}
model {
  mu ~ normal(0, 2);
  for (k in 1 : 2) {
    sigma[k] ~ normal(0, 2);
  }
  theta ~ beta(5, 5);
  for (yn in y) {
    target += log_mix(theta, normal_lpdf(yn | mu[1], sigma[1]), normal_lpdf(yn | mu[2], sigma[2]));
  }
}
generated quantities {
  real y_new = bernoulli_rng(theta) ? normal_rng(mu[1], sigma[1]) : normal_rng(mu[2], sigma[2]);
}
