// Eight schools, effects around their mean (centred). Data: eight_schools.
data {
  int<lower=1> J;
  array[J] real y;
  array[J] real<lower=0> sigma;
}
parameters {
  array[J] real theta;
  real mu;
  real<lower=0> tau;
}
model {
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  for (j in 1 : J) {
    theta[j] ~ normal(mu, tau);
    y[j] ~ normal(theta[j], sigma[j]);
  }
}
generated quantities {
  array[J] real y_rep = normal_rng(theta, sigma);
  real best = max(theta);
}
