// Log price of diamonds on centred predictors, half Student-t noise scale. Data: diamonds.
data {
  int<lower=1> N;
  vector[N] Y;
  int<lower=1> K;
  matrix[N, K] X;  // its first column is 1
  int<lower=0, upper=1> prior_only;
}
transformed data {
  int Kc = K - 1;
  row_vector[Kc] means_X;
  matrix[N, Kc] Xc = X[, 2 : K];
  for (k in 1 : Kc) {
    means_X[k] = mean(col(Xc, k));
  }
  Xc -= rep_matrix(means_X, N);
}
parameters {
  vector[Kc] b;
  real Intercept;  // at the mean of the predictors
  real<lower=0> sigma;
}
model {
  b ~ normal(0, 1);
  Intercept ~ student_t(3, 8, 10);
  target += student_t_lpdf(sigma | 3, 0, 10);
  target += -student_t_lccdf(0 | 3, 0, 10);
  if (!prior_only) {
    target += normal_id_glm_lpdf(Y | Xc, Intercept, b, sigma);
  }
}
generated quantities {
  real b_Intercept = Intercept - means_X * b;
}
