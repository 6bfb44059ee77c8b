#pragma once

namespace elbow::cli {

/// The constant halves of the completion scripts. bash and zsh call the functions that
/// completion.cpp makes from the tables: _elbow_flags VERB, _elbow_flag_value VERB FLAG,
/// _elbow_subjects VERB, _elbow_names KIND, _elbow_key_values KEY, _elbow_takes_run VERB, and the
/// variables _elbow_verbs, _elbow_sets and _elbow_keys.
extern const char kBashFunctions[];
extern const char kZshFunctions[];
extern const char kFishFunctions[];

}  // namespace elbow::cli
