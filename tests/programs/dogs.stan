// Dogs learning to avoid a shock, logistic in the counts of both outcomes so far. Data: dogs.
data {
  int<lower=0> n_dogs;
  int<lower=0> n_trials;
  array[n_dogs, n_trials] int<lower=0, upper=1> y;  // 1: shock
}
transformed data {
  matrix[n_dogs, n_trials] n_shock = rep_matrix(0, n_dogs, n_trials);
  matrix[n_dogs, n_trials] n_avoid;
  for (t in 2 : n_trials) {
    n_shock[ : , t] = n_shock[ : , t - 1] + to_vector(y[ : , t - 1]);
  }
  n_avoid = rep_matrix(linspaced_row_vector(n_trials, 0, n_trials - 1), n_dogs) - n_shock;
}
parameters {
  vector[3] beta;
}
transformed parameters {
  matrix[n_dogs, n_trials] p = beta[1] + beta[2] * n_avoid + beta[3] * n_shock;
}
model {
  beta ~ normal(0, 100);
  for (dog in 1 : n_dogs) {
    y[dog] ~ bernoulli_logit(p[dog]);
  }
}
