// Dogs learning to avoid a shock, a factor per shock and per avoidance. Data: dogs.
data {
  int<lower=0> n_dogs;
  int<lower=0> n_trials;
  array[n_dogs, n_trials] int<lower=0, upper=1> y;
}
parameters {
  real<lower=0, upper=1> a;
  real<lower=0, upper=1> b;
}
model {
  for (j in 1 : n_dogs) {
    int shocks = 0;
    for (t in 1 : n_trials) {
      int avoidances = t - 1 - shocks;
      y[j, t] ~ bernoulli(a ^ shocks * b ^ avoidances);
      shocks += y[j, t];
    }
  }
}
generated quantities {
  array[n_dogs, n_trials] int<lower=0, upper=1> y_rep;
  for (j in 1 : n_dogs) {
    array[2] int count = {0, 0};  // avoidances, shocks
    for (t in 1 : n_trials) {
      y_rep[j, t] = t == 1 ? 1 : bernoulli_rng(pow(a, count[2]) * pow(b, count[1]));
      count[1 + y_rep[j, t]] += 1;
    }
  }
}
