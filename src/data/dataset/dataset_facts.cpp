#include "elbow/data/dataset/dataset.h"
#include "elbow/data/sources/input.h"
#include "elbow/foundations/io/hash.h"

namespace elbow {

bool Dataset::gives_grey() const {
  return mode_ == data::Binarize::none && !raw_.is_binary && !is_corpus() &&
         raw_.splits.at("train").images.element == data::Element::u8;
}

std::string Dataset::fingerprint() const {
  std::string joined;
  for (const auto& [name, split] : raw_.splits)
    joined += name + ":" + split.sha256 + split.mask_sha256 + ";";
  return io::sha256_hex(joined);
}

Json Dataset::split_names() const {
  Json out = Json::array();
  for (const auto& split : raw_.splits) out.push_back(split.first);
  return out;
}

Json Dataset::facts() const {
  Json out = {{"event_shape", raw_.event_shape},
              {"fingerprint", fingerprint()},
              {"examples", size("train")},
              {"responses", raw_.num_responses},
              {"splits", split_names()},
              {"reading", data::reading_json(data::reading_of(raw_))}};
  if (has_gaps()) out["gaps"] = true;
  if (raw_.info.contains("columns")) out["columns"] = raw_.info.at("columns");
  if (raw_.info.contains("standard_deviation"))
    out["standardization"] = {{"mean", raw_.info.at("mean")},
                              {"standard_deviation", raw_.info.at("standard_deviation")}};
  return out;
}

Json Dataset::describe() const {
  Json out = Json::object();
  for (const auto& [name, split] : raw_.splits)
    out[name] = {{"examples", split.size()}, {"file", split.file}, {"sha256", split.sha256}};
  return out;
}

}  // namespace elbow
