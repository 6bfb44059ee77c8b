// Yearly earnings in dollars on height, flat priors. Data: earnings.
data {
  int<lower=0> N;
  vector[N] earn, height;
}
parameters {
  vector[2] beta;  // intercept, slope
  real<lower=0> sigma;
}
model {
  earn ~ normal(beta[1] + height * beta[2], sigma);
}
