// Earnings in decades (base 10) on height, flat priors. Data: earnings.
data {
  int<lower=0> N;
  vector[N] earn;
  vector[N] height;
}
transformed data {
  vector[N] decades = log10(earn);
}
parameters {
  vector[2] beta;
  real<lower=0> sigma;
}
transformed parameters {
  vector[N] mu = beta[1] + beta[2] * height;
}
model {
  target += normal_lpdf(decades | mu, sigma);
}
