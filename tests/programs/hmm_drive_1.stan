// Hidden Markov model of basketball drives, normal emissions. Data: bball_drive_event_1.
data {
  int<lower=1> K;
  int<lower=1> N;
  array[N] real u;
  array[N] real v;
  matrix<lower=0>[K, K] alpha;
  real<lower=0> tau;  // sd of u
  real<lower=0> rho;  // sd of v
}
parameters {
  simplex[K] theta1;
  simplex[K] theta2;
  ordered[K] phi;
  ordered[K] lambda;
}
transformed parameters {
  array[K] simplex[K] theta = {theta1, theta2};
}
model {
  array[N, K] real gamma;
  array[K] real acc;
  for (k in 1 : K) {
    theta[k] ~ dirichlet(alpha[k, ]');
  }
  phi ~ normal([0, 3]', 1);
  lambda ~ normal([0, 3]', 1);
  for (n in 1 : N) {
    for (k in 1 : K) {
      real log_emission = normal_lpdf(u[n] | phi[k], tau) + normal_lpdf(v[n] | lambda[k], rho);
      if (n == 1) {
        gamma[n, k] = log_emission;
        continue;
      }
      for (j in 1 : K) {
        acc[j] = gamma[n - 1, j] + log(theta[j, k]);
      }
      gamma[n, k] = log_emission + log_sum_exp(acc);
    }
  }
  target += log_sum_exp(gamma[N]);
}
generated quantities {
  array[N] int<lower=1, upper=K> z_star;  // the most probable path (Viterbi)
  real log_p_z_star;
  {
    array[N, K] int back;
    array[N, K] real best;
    for (n in 1 : N) {
      for (k in 1 : K) {
        real log_emission = normal_lpdf(u[n] | phi[k], tau) + normal_lpdf(v[n] | lambda[k], rho);
        best[n, k] = n == 1 ? log_emission : negative_infinity();
        for (j in 1 : K) {
          if (n > 1 && best[n - 1, j] + log(theta[j, k]) + log_emission > best[n, k]) {
            best[n, k] = best[n - 1, j] + log(theta[j, k]) + log_emission;
            back[n, k] = j;
          }
        }
      }
    }
    log_p_z_star = max(best[N]);
    z_star[N] = sort_indices_desc(best[N])[1];
    int n = N;
    while (n > 1) {
      z_star[n - 1] = back[n, z_star[n]];
      n -= 1;
    }
  }
}
