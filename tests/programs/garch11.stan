// Returns with GARCH(1, 1) volatility; a bound depends on a parameter. Data: data/garch_simulated.
functions {
  vector volatility(vector y, real sigma1, real mu, real alpha0, real alpha1, real beta1) {
    vector[rows(y)] variance;
    variance[1] = sigma1 ^ 2;
    for (t in 2 : rows(y)) {
      variance[t] = alpha0 + alpha1 * (y[t - 1] - mu) ^ 2 + beta1 * variance[t - 1];
    }
    return sqrt(variance);
  }
}
data {
  int<lower=0> T;
  vector[T] y;
  real<lower=0> sigma1;
}
parameters {
  real mu;
  real<lower=0> alpha0;
  real<lower=0, upper=1> alpha1;
  real<lower=0, upper=1 - alpha1> beta1;  // stationary
}
model {
  y ~ normal(mu, volatility(y, sigma1, mu, alpha0, alpha1, beta1));
}
generated quantities {
  real long_run_variance = alpha0 / (1 - alpha1 - beta1);
}
