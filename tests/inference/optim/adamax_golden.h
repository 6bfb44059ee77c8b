// python3 tests/inference/optim/adamax_golden.py > tests/inference/optim/adamax_golden.h
// (torch 2.11.0+cu130)
#pragma once

namespace elbow::test {

constexpr double kAdamaxDefault[] = {
    0.3350097145897146, 0.09549807377864264, 0.24909694156679787, -0.4032018991099303};
constexpr double kAdamaxOptions[] = {
    0.3019467047321154, 0.14779384896139414, 0.2394737067016059, -0.26176840882749663};

}  // namespace elbow::test
