// Switching of wells on distance, arsenic and their product, flat priors. Data: wells_data.
data {
  int<lower=0> N;
  array[N] int<lower=0, upper=1> switched;
  vector[N] dist;
  vector[N] arsenic;
}
transformed data {
  matrix[N, 3] X;
  X[, 1] = dist / 100;
  X[, 2] = arsenic;
  X[, 3] = X[, 1] .* arsenic;
}
parameters {
  real alpha;
  vector[3] beta;
}
model {
  switched ~ bernoulli_logit_glm(X, alpha, beta);
}
generated quantities {
  array[N] int y_rep = bernoulli_logit_rng(alpha + X * beta);
}
