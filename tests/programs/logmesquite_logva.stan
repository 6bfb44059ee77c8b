// Log leaf weight of mesquite bushes on log canopy volume and area, flat priors. Data: mesquite.
data {
  int<lower=0> N;
  vector[N] weight;
  vector[N] diam1;
  vector[N] diam2;
  vector[N] canopy_height;
  vector[N] group;
}
transformed data {
  vector[N] y = log(weight);
  vector[N] area = diam1 .* diam2;
  matrix[N, 3] X;
  X = append_col(append_col(log(area .* canopy_height), log(area)), group);
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
transformed parameters {
  vector[N] mu;
  mu = beta[1] + X * beta[{2, 3, 4}];
}
model {
  y ~ normal(mu, sigma);
}
generated quantities {
  vector[N] y_rep;
  for (n in 1 : N) {
    y_rep[n] = normal_rng(mu[n], sigma);
  }
}
