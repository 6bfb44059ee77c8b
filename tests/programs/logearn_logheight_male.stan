// Log earnings on log height and sex, one person at a time, flat priors. Data: earnings.
data {
  int<lower=0> N;
  array[N] real earn;
  array[N] real height;
  array[N] int<lower=0, upper=1> male;
}
parameters {
  vector[3] beta;
  real<lower=0> sigma;
}
model {
  for (n in 1 : N) {
    real mu = beta[1] + beta[2] * log(height[n]);
    if (male[n] == 1) {
      mu += beta[3];
    }
    target += normal_lpdf(log(earn[n]) | mu, sigma);
  }
}
