#include "elbow/evaluate/trained_run.h"

#include "elbow/core/error.h"
#include "elbow/core/shape.h"
#include "elbow/data/formats.h"
#include "elbow/inference/gradient_vi.h"
#include "elbow/io/hash.h"
#include "elbow/observe/log.h"
#include "elbow/train/full_schema.h"
#include "elbow/train/tensor_io.h"

namespace elbow {

namespace {

std::string shape_text(const Shape& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + "]";
}

}  // namespace

std::string choose_weights(const ConfigNode& node, const std::string& asked) {
  if (!asked.empty()) return asked;
  const ConfigNode trainer = node.child("trainer");
  return trainer.has("ema") && trainer.child("ema").text("evaluate") == "ema" ? "ema" : "raw";
}

TrainedRun load_run(const std::string& path, const RunOptions& options) {
  TrainedRun run;
  run.directory = RunDirectory::open(path);
  run.device = options.device;
  run.config = load_config(run.directory.config(), {}, full_schema());
  const io::CheckpointStore store(run.directory.checkpoints());
  std::string which = options.checkpoint;
  if (which.empty()) which = store.best() ? "best" : "latest";
  const io::LoadedCheckpoint checkpoint = store.load(which);
  for (const auto& warning : checkpoint.warnings) log::warning(warning);
  run.checkpoint = checkpoint.name;
  const Json state =
      Json::parse(checkpoint.file("state.json"), nullptr, /*allow_exceptions=*/false);
  if (!state.is_object() || !state.contains("facts") || !state["facts"].contains("event_shape"))
    throw DataError(checkpoint.name + ": state.json lacks the event shape",
                    "use another checkpoint");
  run.event_shape = state["facts"]["event_shape"].get<Shape>();
  run.uses_stand_in = state["facts"].value("stand_in", false);
  const ConfigNode node = run.node();
  run.weights = choose_weights(node, options.weights);
  run.seed = static_cast<std::uint64_t>(options.seed >= 0 ? options.seed : node.integer("seed"));
  run.modules = build_modules(node, {run.event_shape, Tensor()}, options.device);
  const NamedTensors stored =
      decode_tensors(checkpoint.file("model.safetensors"), checkpoint.name + "/model.safetensors");
  load_weights(
      *run.modules.model, *run.modules.guide, stored, run.weights == "ema", checkpoint.name);
  run.modules.model->eval();
  run.modules.guide->eval();
  return run;
}

std::shared_ptr<Dataset> TrainedRun::load_data() const {
  auto dataset = load_dataset(node(), uses_stand_in, device);
  if (dataset->event_shape() != event_shape)
    throw DataError("data: examples of shape " + shape_text(dataset->event_shape()) +
                    ", expected " + shape_text(event_shape) + " as in training");
  for (const auto& warning : dataset->raw().warnings) log::warning(warning);
  return dataset;
}

namespace {

/// An array of examples, brought to an element type that a data set holds.
data::RawData input_array(const std::string& file, const Shape& event_shape) {
  data::RawSplit split;
  split.images = data::read_any(file);
  split.file = file;
  const std::int64_t width = num_elements(event_shape);
  const auto& shape = split.images.shape;
  if (shape.empty() || shape[0] == 0 || split.images.count() / shape[0] != width ||
      (shape.size() > 2 && shape.back() != event_shape.back()))
    throw DataError(
        file + ": examples of shape " +
            shape_text(shape.empty() ? Shape{} : Shape(shape.begin() + 1, shape.end())) +
            ", expected " + shape_text(event_shape) + " as in training",
        "elbow data info " + file);
  split.sha256 = io::sha256_hex(
      {reinterpret_cast<const char*>(split.images.bytes.data()), split.images.bytes.size()});
  data::RawData raw;
  raw.event_shape = event_shape;
  if (split.images.element == data::Element::u8) {
    raw.is_binary = true;
    for (const unsigned char value : split.images.bytes)
      raw.is_binary = raw.is_binary && value <= 1;
  } else if (split.images.element != data::Element::f32 &&
             split.images.element != data::Element::f64) {
    const std::vector<float> values = data::to_float(split.images);
    split.images.element = data::Element::f32;
    split.images.bytes.assign(
        reinterpret_cast<const unsigned char*>(values.data()),
        reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  }
  split.images.shape = {shape[0], width};
  raw.splits["input"] = std::move(split);
  return raw;
}

/// Documents over the vocabulary of training.
data::RawData input_corpus(const std::string& file, const Shape& event_shape) {
  data::RawData raw;
  raw.event_shape = event_shape;
  const auto corpus = data::read_ldac(file, event_shape.at(0), raw.warnings);
  corpus->set_vocabulary(event_shape.at(0), nullptr);
  data::RawSplit split;
  split.file = file;
  split.sha256 = corpus->sha256();
  split.documents = row_range(0, corpus->num_documents());
  split.corpus = corpus;
  raw.splits["input"] = std::move(split);
  return raw;
}

}  // namespace

std::shared_ptr<Dataset> TrainedRun::load_input(const std::string& file) const {
  const ConfigNode data = node().child("data");
  const ConfigNode own = uses_stand_in && data.has("stand_in") ? data.child("stand_in") : data;
  const bool is_corpus = own.type() == "bag_of_words";
  data::RawData raw = is_corpus ? input_corpus(file, event_shape) : input_array(file, event_shape);
  for (const auto& warning : raw.warnings) log::warning(warning);
  const std::string binarize = own.has("binarize") ? own.text("binarize") : "none";
  return std::make_shared<Dataset>(std::move(raw), binarize, seed, device, dtype_of(node()));
}

}  // namespace elbow
