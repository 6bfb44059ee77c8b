// Item responses with a discrimination and a difficulty per item. Data: irt_2pl.
data {
  int<lower=0> I;
  int<lower=0> J;
  array[I, J] int<lower=0, upper=1> y;
}
parameters {
  real<lower=0> sigma_theta;
  vector[J] theta;
  real<lower=0> sigma_a;
  vector<lower=0>[I] a;
  real mu_b;
  real<lower=0> sigma_b;
  vector[I] b;
}
model {
  {sigma_theta, sigma_a, sigma_b} ~ cauchy(0, 2);
  mu_b ~ normal(0, 5);
  theta ~ normal(0, sigma_theta);
  a ~ lognormal(0, sigma_a);
  b ~ normal(mu_b, sigma_b);
  for (i in 1 : I) {
    y[i] ~ bernoulli_logit(a[i] * theta - a[i] * b[i]);
  }
}
