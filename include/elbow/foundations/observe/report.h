#pragma once

#include <string>

namespace elbow {

/// The text of RUN/report.html (RELIABILITY.md section 9) from what lies in the run directory:
/// run.json, config.yaml, environment.json, metrics.jsonl, eval/*.json, diagnosis/diagnosis.json,
/// images/*.png.
/// Self-contained, <= 5 MB, no script, no external URL; the same inputs give the same bytes.
/// @throws DataError when `run_directory` is not a run
std::string render_report(const std::string& run_directory);

/// Writes RUN/report.html again where there is one: it shows what another verb has just changed. A
/// report that cannot be written is a warning.
void renew_report(const std::string& run_directory);

/// The learning curve of a run as an .svg file of its own, for a README or a paper's draft.
/// @throws DataError as render_report
std::string render_metric_curve(const std::string& run_directory);

}  // namespace elbow
