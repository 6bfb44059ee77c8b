// The trainer: every verb that needs tensors. The front end execs it.
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/trainer/verbs_trainer.h"

int main(int argc, char** argv) {
  const int code = elbow::cli::trainer_main(argc, argv);
  // All files are closed by now. What is left of an ordinary exit is LibTorch taking its registries
  // of operators apart, a third of the time of a short command.
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(code);
}
