#include "cli/common/verb_table.h"

#include "cli/common/flag_table.h"

namespace elbow::cli {
namespace {

/// A verb that needs no LibTorch.
Verb front(std::string name,
           std::string arguments,
           std::string summary,
           int least,
           int most,
           Subject subject) {
  Verb verb{std::move(name), std::move(arguments), std::move(summary)};
  verb.in_front_end = true;
  verb.min_positional = least;
  verb.max_positional = most;
  verb.subject = subject;
  return verb;
}

Verb data() {
  Verb verb = front("data",
                    "fetch NAME | info F",
                    "fetch a named set with checksums; shape and range of a file",
                    2,
                    2,
                    Subject::data_action);
  verb.flags = {
      valued("mirror", FlagType::text, "URL", "base address instead of the public mirrors (fetch)"),
      valued("folder", FlagType::path, "DIR", "where to instead of the user's cache (fetch)"),
      dry_run(),
  };
  verb.details =
      "  elbow data fetch mnist\n"
      "  elbow data info train-images-idx3-ubyte.gz";
  return verb;
}

Verb init() {
  Verb verb = front("init",
                    "[--program F.stan] [--data F]",
                    "a starter configuration, likelihood chosen from the data's values",
                    0,
                    0,
                    Subject::none);
  verb.flags = {
      valued("data", FlagType::path, "F", "your data: IDX, NPY or CSV; of a program, JSON"),
      valued("program", FlagType::path, "F.stan|F.pt", "a model of your own: Stan or TorchScript"),
      output("F.yaml", "file instead of standard output; must not exist"),
      dry_run(),
  };
  verb.details =
      "  elbow init --data mine.npy -o mine.yaml\n"
      "  elbow init --program schools.stan --data schools.json -o schools.yaml";
  return verb;
}

Verb report() {
  Verb verb =
      front("report", "RUN", "RUN/report.html, one self-contained file", 1, 1, Subject::run);
  verb.flags = {output("F", "file instead of RUN/report.html; .svg: the learning curve alone"),
                dry_run()};
  return verb;
}

Verb describe() {
  Verb verb = front("describe",
                    "[KIND] NAME [--data F] [--at F]",
                    "a component or section with its parameters; a program of your own",
                    1,
                    2,
                    Subject::kind);
  verb.flags = {
      valued("data", FlagType::path, "F", "of a program: its data, for sizes and dimensions"),
      valued("at",
             FlagType::path,
             "F",
             "of a program: log density and gradient at these unconstrained points, [[...], ...]"),
      allow_code(),
  };
  verb.details =
      "  elbow describe adam\n"
      "  elbow describe program schools.stan --data schools.json --at points.json\n"
      "  elbow describe program density.pt --allow-code\n\n"
      "Densities are those of the unconstrained numbers: the Jacobians of the transforms are in "
      "them.";
  return verb;
}

Verb schema() {
  Verb verb = front("schema",
                    "[SECTION]",
                    "JSON Schema of the configuration, for editors too",
                    0,
                    1,
                    Subject::section);
  verb.flags = {toggle("markdown", "the reference of all keys as Markdown")};
  return verb;
}

Verb validate() {
  Verb verb = front("validate",
                    "CONFIG [KEY=VALUE ...]",
                    "every mistake at once; no training",
                    1,
                    -1,
                    Subject::config);
  verb.takes_overrides = true;
  verb.flags = {allow_code()};
  return verb;
}

}  // namespace

std::vector<Verb> front_verbs() {
  Verb completion =
      front("completion", "bash|zsh|fish", "completion script of a shell", 1, 1, Subject::shell);
  completion.details =
      "  source <(elbow completion bash)\n  elbow completion fish > "
      "~/.config/fish/completions/elbow.fish";
  Verb help = front("help",
                    "[VERB|exit-codes]",
                    "this text, one verb's, or the exit codes",
                    0,
                    1,
                    Subject::topic);
  help.flags = {toggle("markdown", "all verbs and flags as Markdown")};
  return {
      report(),
      front("list", "[KIND]", "components, from the factories", 0, 1, Subject::kind),
      describe(),
      schema(),
      validate(),
      init(),
      front("info",
            "RUN|CHECKPOINT|CONFIG|DATA",
            "what it is, checked against its checksums",
            1,
            1,
            Subject::run_or_file),
      front("runs",
            "[DIR]",
            "run directories with status, last and best value",
            0,
            1,
            Subject::folder),
      data(),
      front("doctor",
            "",
            "devices, libraries, versions, threads, what is missing and how to get it",
            0,
            0,
            Subject::none),
      help,
      completion,
      front("version", "", "version of the program", 0, 0, Subject::none),
  };
}

}  // namespace elbow::cli
