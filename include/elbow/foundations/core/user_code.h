#pragma once

#include <string>

namespace elbow {

/// Whether a model's file brings code with it, by its ending: .pt.
bool is_user_code(const std::string& file);

/// Whether code may run that a file of the user's brings with it (a TorchScript archive can read
/// and write whatever the user can). Nothing allows it but this call, which the program makes for
/// the flag --allow-code: neither a configuration nor a run directory can.
void allow_user_code();
bool is_user_code_allowed();

}  // namespace elbow
