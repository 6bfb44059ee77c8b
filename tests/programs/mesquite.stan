// Leaf weight of mesquite bushes on their measures, flat priors. Data: mesquite.
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
parameters {
  vector[7] beta;
  real<lower=0> sigma;
}
model {
  vector[N] size_part = beta[2] * diam1 + beta[3] * diam2
                        + beta[4] * canopy_height + beta[5] * total_height;
  vector[N] other_part = beta[6] * density + beta[7] * group;
  weight ~ normal(beta[1] + size_part + other_part, sigma);
}
