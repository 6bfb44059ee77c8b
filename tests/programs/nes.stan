// Party identification on ideology and demographics. Data: nes1972 to nes2000 (no 1984).
data {
  int<lower=0> N;
  vector[N] partyid7;
  vector[N] real_ideo;
  vector[N] race_adj;
  vector[N] educ1;
  vector[N] gender;
  vector[N] income;
  array[N] int<lower=1, upper=4> age_discrete;  // 1: below 30
}
transformed data {
  matrix[N, 8] X;
  X[, 1] = real_ideo;
  X[, 2] = race_adj;
  for (n in 1 : N) {
    for (group in 2 : 4) {
      X[n, group + 1] = age_discrete[n] == group;
    }
  }
  X[, 6 : 8] = append_col(educ1, append_col(gender, income));
}
parameters {
  vector[9] beta;
  real<lower=0> sigma;
}
model {
  partyid7 ~ normal(X * beta[2 : ] + beta[1], sigma);
}
