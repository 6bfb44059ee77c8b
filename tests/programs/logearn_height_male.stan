// Log earnings on height and sex as a fused linear model, flat priors. Data: earnings.
data {
  int<lower=0> N;
  vector[N] earn;
  vector[N] height;
  vector[N] male;
}
transformed data {
  vector[N] y = log(earn);
  matrix[N, 2] X = append_col(height, male);
}
parameters {
  vector[3] beta;
  real<lower=0> sigma;
}
model {
  y ~ normal_id_glm(X, beta[1], beta[2 : 3], sigma);
}
