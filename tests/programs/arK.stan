// Autoregression of order K. Data: arK.
data {
  int<lower=1> K;
  int<lower=K> T;
  vector[T] y;
}
parameters {
  real alpha;
  array[K] real beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma ~ cauchy(0, 2.5);
  for (t in K + 1 : T) {
    y[t] ~ normal(alpha + dot_product(to_vector(beta), reverse(y[t - K : t - 1])), sigma);
  }
}
