// Children's test scores by the mother's work, flat priors. Data: kidiq_with_mom_work.
data {
  int<lower=0> N;
  vector[N] kid_score;
  array[N] int<lower=1, upper=4> mom_work;
}
parameters {
  vector[4] beta;  // beta[2:4]: difference from category 1
  real<lower=0> sigma;
}
transformed parameters {
  vector[4] level = beta[1] + append_row(0, beta[2 : ]);
}
model {
  kid_score ~ normal(level[mom_work], sigma);
}
