#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/common/command_line.h"

namespace elbow::cli {

// Makers of the rows of the table of verbs.
Flag toggle(std::string name, std::string help, std::string short_name = "");
Flag valued(std::string name,
            FlagType type,
            std::string value,
            std::string help,
            std::string short_name = "");
Flag integer(std::string name,
             std::string value,
             std::int64_t minimum,
             std::string help,
             std::string short_name = "");
Flag choice(std::string name, std::vector<std::string> choices, std::string help);
/// --dry-run, of every verb that writes.
Flag dry_run();
Flag allow_code();
/// -o, --output
Flag output(const std::string& value, const std::string& help);

}  // namespace elbow::cli
