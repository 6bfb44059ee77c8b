// Summer temperature at Kilpisjarvi on the year, prior from the data file. Data: kilpisjarvi_mod.
data {
  int<lower=0> N;
  vector[N] x;
  vector[N] y;
  real xpred;
  real pmualpha;
  real<lower=0> psalpha;
  real pmubeta;
  real<lower=0> psbeta;
}
parameters {
  real alpha;
  real beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(pmualpha, psalpha);
  beta ~ normal(pmubeta, psbeta);
  y ~ normal(alpha + x * beta, sigma);
}
generated quantities {
  real ypred = normal_rng(alpha + beta * xpred, sigma);
  int<lower=0, upper=1> is_warming = beta > 0;
}
