// Log earnings on height, sex and their product, flat priors. Data: earnings.
data {
  int<lower=0> N;
  vector[N] earn, height, male;
}
transformed data {
  vector[N] y = log(earn);
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  vector[N] intercept = beta[1] + beta[3] * male;
  vector[N] slope = beta[2] + beta[4] * male;
  y ~ normal(intercept + slope .* height, sigma);
}
generated quantities {
  real slope_of_women = beta[2];
  real slope_of_men = beta[2] + beta[4];
}
