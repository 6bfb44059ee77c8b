// Children's test scores, slope in the mother's IQ by her schooling. Data: kidiq.
data {
  int<lower=0> N;
  vector<lower=0, upper=200>[N] kid_score;
  vector<lower=0, upper=1>[N] mom_hs;
  vector<lower=0, upper=200>[N] mom_iq;
  int<lower=0, upper=1> mom_hs_new;  // of a child to predict
  real<lower=0, upper=200> mom_iq_new;
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  {
    vector[N] slope = beta[3] + beta[4] * mom_hs;
    kid_score ~ normal(beta[1] + beta[2] * mom_hs + slope .* mom_iq, sigma);
  }
}
generated quantities {
  real kid_score_new = normal_rng(beta[1] + beta[3] * mom_iq_new
                                  + mom_hs_new * (beta[2] + beta[4] * mom_iq_new), sigma);
}
