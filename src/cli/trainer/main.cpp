// The trainer: every verb that needs tensors. The front end execs it.
#include "cli/trainer/verbs_trainer.h"

int main(int argc, char** argv) { return elbow::cli::trainer_main(argc, argv); }
