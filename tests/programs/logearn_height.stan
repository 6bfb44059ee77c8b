// Log earnings on height by a design matrix, flat priors. Data: earnings.
data {
  int<lower=0> N;
  vector[N] earn;
  vector[N] height;
}
transformed data {
  matrix[N, 2] X = append_col(rep_vector(1, N), height);
  vector[N] y = log(earn);
}
parameters {
  vector[2] beta;
  real<lower=0> sigma;
}
model {
  y ~ normal(X * beta, sigma);
}
