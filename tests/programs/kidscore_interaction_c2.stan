// Children's test scores, predictors centred at 1/2 and IQ 100. Data: kidiq_with_mom_work.
data {
  int<lower=0> N;
  vector[N] kid_score;
  vector[N] mom_hs;
  vector[N] mom_iq;
}
transformed data {
  real hs_centre = 1.0 / 2;
  real iq_centre = 1e2;
  matrix[N, 3] X;
  for (n in 1 : N) {
    real hs = mom_hs[n] - hs_centre;
    real iq = mom_iq[n] - iq_centre;
    X[n] = [hs, iq, hs * iq];
  }
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  kid_score ~ normal_id_glm(X, beta[1], tail(beta, 3), sigma);
}
