// Children's test scores by whether the mother finished high school. Data: kidiq.
data {
  int<lower=0> N;
  vector<lower=0, upper=200>[N] kid_score;
  array[N] int<lower=0, upper=1> mom_hs;
}
parameters {
  vector[2] beta;
  real<lower=0> sigma;
}
model {
  vector[N] mu;
  for (n in 1 : N) {
    mu[n] = mom_hs[n] ? beta[1] + beta[2] : beta[1];
  }
  target += cauchy_lpdf(sigma | 0, 2.5);
  target += normal_lpdf(kid_score | mu, sigma);
}
