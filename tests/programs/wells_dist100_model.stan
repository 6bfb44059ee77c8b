// Switching of wells on the distance in 100 m, flat priors. Data: wells_data.
data {
  int<lower=0> N;
  array[N] int<lower=0, upper=1> switched;
  vector[N] dist;
}
parameters {
  real alpha;
  vector[1] beta;
}
model {
  switched ~ bernoulli_logit(alpha + beta[1] * dist / 100);
}
