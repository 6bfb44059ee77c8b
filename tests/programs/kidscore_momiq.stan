// Children's test scores on the mother's IQ, one child at a time. Data: kidiq.
data {
  int<lower=0> N;
  array[N] real<lower=0, upper=200> kid_score;
  array[N] real<lower=0, upper=200> mom_iq;
}
parameters {
  vector[2] beta;
  real<lower=0> sigma;
}
model {
  for (n in 1 : N) {
    kid_score[n] ~ normal(beta[1] + beta[2] * mom_iq[n], sigma);
  }
  sigma ~ cauchy(0, 2.5);
}
