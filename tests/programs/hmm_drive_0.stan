// Hidden Markov model of basketball drives, exponential emissions. Data: bball_drive_event_0.
functions {
  // Forward algorithm. The first state has weight 1 each, not 1/K.
  real log_forward(matrix log_emission, matrix log_transition) {
    int K = rows(log_transition);
    vector[K] state = log_emission[ : , 1];
    for (t in 2 : cols(log_emission)) {
      vector[K] before = state;
      for (k in 1 : K) {
        state[k] = log_sum_exp(before + log_transition[ : , k]) + log_emission[k, t];
      }
    }
    return log_sum_exp(state);
  }
}
data {
  int<lower=1> K;
  int<lower=1> N;
  array[N] real<lower=0> u;  // 1 / speed
  array[N] real<lower=0> v;  // distance to the hoop
  matrix<lower=0>[K, K] alpha;
}
parameters {
  simplex[K] theta1;
  simplex[K] theta2;
  positive_ordered[K] phi;
  positive_ordered[K] lambda;
}
model {
  matrix[K, N] log_emission;
  for (n in 1 : N) {
    for (k in 1 : K) {
      log_emission[k, n] = exponential_lpdf(u[n] | phi[k]) + exponential_lpdf(v[n] | lambda[k]);
    }
  }
  theta1 ~ dirichlet(alpha[1]');
  theta2 ~ dirichlet(alpha[2]');
  {phi[1], lambda[1]} ~ normal(0, 1);
  {phi[2], lambda[2]} ~ normal(3, 1);
  target += log_forward(log_emission, log([theta1', theta2']));
}
