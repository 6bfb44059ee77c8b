// Gaussian-process regression; sigma is the variance of the noise. Data: gp_pois_regr.
data {
  int<lower=1> N;
  array[N] real x;
  vector[N] y;
}
parameters {
  real<lower=0> rho;
  real<lower=0> alpha;
  real<lower=0> sigma;
}
model {
  matrix[N, N] L;
  {
    matrix[N, N] cov = gp_exp_quad_cov(x, alpha, rho);
    for (n in 1 : N) {
      cov[n, n] += sigma;
    }
    L = cholesky_decompose(cov);
  }
  rho ~ gamma(25, 4);
  alpha ~ normal(0, 2);
  sigma ~ normal(0, 1);
  y ~ multi_normal_cholesky(zeros_vector(N), L);
}
