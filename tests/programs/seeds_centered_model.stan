// Germination of seeds, random effects that sum to 0. Data: seeds_data.
data {
  int<lower=0> I;
  array[I] int<lower=0> n;
  array[I] int<lower=0> N;
  vector[I] x1;
  vector[I] x2;
}
parameters {
  real alpha0;
  real alpha1;
  real alpha12;
  real alpha2;
  vector[I] c;
  real<lower=0> sigma;
}
transformed parameters {
  vector[I] b = c - mean(c);
}
model {
  [alpha0, alpha1, alpha2, alpha12] ~ normal(0, 1);
  sigma ~ cauchy(0, 1);
  c ~ normal(0, sigma);
  for (i in 1 : I) {
    real slope = alpha2 + alpha12 * x1[i];
    n[i] ~ binomial_logit(N[i], alpha0 + alpha1 * x1[i] + slope * x2[i] + b[i]);
  }
}
generated quantities {
  array[I] int y_rep;
  for (i in 1 : I) {
    y_rep[i] = binomial_rng(N[i], inv_logit(alpha0 + alpha1 * x1[i]
                                            + (alpha2 + alpha12 * x1[i]) * x2[i] + b[i]));
  }
}
