// Bayesian linear regression without intercept, half-normal noise scale. Data: sblrc, sblri.
data {
  int<lower=1> D;
  int<lower=0> N;
  matrix[N, D] X;
  vector[N] y;
}
parameters {
  vector[D] beta;
  real<lower=0> sigma;
}
model {
  to_array_1d(beta) ~ normal(0, 10);
  sigma ~ normal(0, 10);
  for (n in 1 : N) {
    y[n] ~ normal(dot_product(X[n], beta), sigma);
  }
}
