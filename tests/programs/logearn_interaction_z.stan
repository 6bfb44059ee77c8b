// Log earnings on standardised height, sex and their product, flat priors. Data: earnings.
functions {
  vector standardised(vector x) {
    return (x - mean(x)) / sd(x);
  }
}
data {
  int<lower=0> N;
  vector[N] earn;
  vector[N] height;
  vector[N] male;
}
transformed data {
  vector[N] y = log(earn);
  matrix[N, 4] X;
  X[, 1] = ones_vector(N);
  X[, 2] = standardised(height);
  X[, 3] = male;
  X[, 4] = X[, 2] .* X[, 3];
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  y ~ normal(X * beta, sigma);
}
