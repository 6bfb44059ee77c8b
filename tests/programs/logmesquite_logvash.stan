// Log leaf weight of mesquite on log volume, area, shape and height. Data: mesquite.
functions {
  real log_product(real a, real b) {
    return log(a) + log(b);
  }
  real log_product(real a, real b, real c) {
    return log_product(a, b) + log(c);
  }
}
data {
  int<lower=0> N;
  array[N] real<lower=0> weight;
  array[N] real<lower=0> diam1;
  array[N] real<lower=0> diam2;
  array[N] real<lower=0> canopy_height;
  array[N] real<lower=0> total_height;
  array[N] int<lower=0, upper=1> group;
}
parameters {
  vector[6] beta;
  real<lower=0> sigma;
}
model {
  for (n in 1 : N) {
    real mu = beta[1]
              + beta[2] * log_product(diam1[n], diam2[n], canopy_height[n])
              + beta[3] * log_product(diam1[n], diam2[n])
              + beta[4] * log_product(diam1[n], inv(diam2[n]))
              + beta[5] * log(total_height[n])
              + beta[6] * group[n];
    target += normal_lpdf(log(weight[n]) | mu, sigma);
  }
}
