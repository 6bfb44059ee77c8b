// Log leaf weight of mesquite on log volume, area, shape, height, density. Data: mesquite.
data {
  int<lower=0> N;
  vector[N] weight;
  vector[N] diam1;
  vector[N] diam2;
  vector[N] canopy_height;
  vector[N] total_height;
  vector[N] density;
  vector[N] group;
}
transformed data {
  vector[N] y = log(weight);
  matrix[6, N] Xt;  // one column a bush
  for (n in 1 : N) {
    real log_area = log(diam1[n] * diam2[n]);
    Xt[ : , n] = [log_area + log(canopy_height[n]), log_area, log(diam1[n] / diam2[n]),
                  log(total_height[n]), log(density[n]), group[n]]';
  }
}
parameters {
  vector[7] beta;
  real<lower=0> sigma;
}
model {
  row_vector[N] mu = beta[1] + beta[2 : 7]' * Xt;
  y ~ normal(mu, sigma);
}
