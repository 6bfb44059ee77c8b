// Germination of seeds, random effect per plate with a precision. Data: seeds_data.
data {
  int<lower=0> I;
  array[I] int<lower=0> n;
  array[I] int<lower=0> N;
  vector[I] x1;
  vector[I] x2;
}
parameters {
  real alpha0;
  real alpha1;
  real alpha12;
  real alpha2;
  real<lower=0> tau;
  vector[I] b;
}
transformed parameters {
  real<lower=0> sigma = inv_sqrt(tau);
}
model {
  vector[I] eta = alpha0 + alpha1 * x1 + alpha2 * x2 + alpha12 * x1 .* x2;
  {alpha0, alpha1, alpha2, alpha12} ~ normal(0, 1e3);
  tau ~ gamma(0.001, 0.001);
  b ~ normal(0, sigma);
  n ~ binomial_logit(N, eta + b);
}
