// Autoregression and moving average of order 1, by a density of its own. Data: arma.
functions {
  // Of the shocks, which a recursion takes out of the series; the one before the first is 0.
  real arma11_lpdf(vector y, real mu, real phi, real theta, real sigma) {
    int T = num_elements(y);
    vector[T] shock;
    real last_y = mu;
    real last_shock = 0;
    for (t in 1 : T) {
      shock[t] = y[t] - (mu + phi * last_y + theta * last_shock);
      last_y = y[t];
      last_shock = shock[t];
    }
    return normal_lpdf(shock | 0, sigma);
  }
}
data {
  int<lower=1> T;
  vector[T] y;
}
parameters {
  real mu;
  real phi;
  real theta;
  real<lower=0> sigma;
}
model {
  mu ~ normal(0, 10);
  {phi, theta} ~ normal(0, 2);
  sigma ~ cauchy(0, 2.5);
  y ~ arma11(mu, phi, theta, sigma);
}
