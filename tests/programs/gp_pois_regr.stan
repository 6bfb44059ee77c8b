// Counts with a Gaussian process as log rate, non-centred. Data: gp_pois_regr.
data {
  int<lower=1> N;
  array[N] real x;
  array[N] int<lower=0> k;
}
transformed data {
  real jitter = 1e-10;
}
parameters {
  real<lower=0> rho;
  real<lower=0> alpha;
  vector[N] f_tilde;
}
transformed parameters {
  vector[N] f = cholesky_decompose(add_diag(gp_exp_quad_cov(x, alpha, rho), jitter)) * f_tilde;
}
model {
  target += gamma_lpdf(rho | 25, 4);
  target += normal_lpdf(alpha | 0, 2);
  target += std_normal_lpdf(f_tilde);
  target += poisson_log_lpmf(k | f);
}
generated quantities {
  array[N] int k_rep = poisson_log_rng(f);
}
