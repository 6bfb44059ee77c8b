#include <map>

#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/user_code.h"

namespace elbow::cli {

int run_trainer_verb(const CommandLine& line) {
  static const std::map<std::string, int (*)(const CommandLine&)> verbs{
      {"train", verb_train},
      {"resume", verb_resume},
      {"eval", verb_eval},
      {"sample", verb_sample},
      {"reconstruct", verb_reconstruct},
      {"traverse", verb_traverse},
      {"encode", verb_encode},
      {"predict", verb_predict},
      {"impute", verb_impute},
      {"summary", verb_summary},
      {"compare", verb_compare},
      {"diagnose", verb_diagnose},
      {"export", verb_export},
      {"bench", verb_bench},
      {"doctor", verb_doctor},
      {"validate", verb_validate},
      {"describe", verb_describe}};
  const auto found = verbs.find(line.verb);
  if (found == verbs.end())
    throw UsageError("trainer: '" + line.verb + "' is answered by the front end",
                     "use the program elbow");
  if (line.has("allow-code")) allow_user_code();
  return found->second(line);
}

}  // namespace elbow::cli
