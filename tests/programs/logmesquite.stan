// Log leaf weight of mesquite bushes on log measures, flat priors. Data: mesquite.
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
  array[5] vector[N] measures = {diam1, diam2, canopy_height, total_height, density};
  matrix[N, 7] X;
  X[ : , 1] = rep_vector(1.0, N);
  for (k in 1 : size(measures)) {
    X[ : , k + 1] = log(measures[k]);
  }
  X[ : , 7] = group;
}
parameters {
  vector[7] beta;
  real<lower=0> sigma;
}
model {
  log(weight) ~ normal(X * beta, sigma);
}
