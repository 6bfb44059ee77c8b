// Children's test scores, predictors standardised by 2 sd. Data: kidiq_with_mom_work.
functions {
  // Centred, and divided by 2 sd: a coefficient then compares with that of a balanced 0/1 input.
  vector two_sd(vector x) {
    real centre = mean(x);
    real width = 2 * sqrt(variance(x));
    return (x - centre) ./ width;
  }
}
data {
  int<lower=0> N;
  vector[N] kid_score;
  vector[N] mom_hs;
  vector[N] mom_iq;
}
transformed data {
  vector[N] z_hs = two_sd(mom_hs);
  vector[N] z_iq = two_sd(mom_iq);
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  vector[N] mu = rep_vector(beta[1], N);
  mu += beta[2] * z_hs;
  mu += beta[3] * z_iq;
  mu += beta[4] * z_hs .* z_iq;
  kid_score ~ normal(mu, sigma);
}
