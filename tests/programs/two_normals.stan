// Two numbers without data.
parameters {
  real x;
  real<lower=0> s;
}
model {
  x ~ normal(1, 2);
  s ~ gamma(3, 2);
}
