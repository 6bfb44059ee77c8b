#include "elbow/runs/train/trainer_options.h"

#include <algorithm>

namespace elbow {

namespace {

std::optional<std::int64_t> maybe(const ConfigNode& node, const std::string& key) {
  if (!node.has(key)) return std::nullopt;
  return node.integer(key);
}

Parameter every(const std::string& name, const std::string& help) {
  return Parameter::integer(name, help).optional().at_least(1);
}

}  // namespace

std::vector<ComponentInfo> TrainerOptions::sections() {
  return {
      ComponentInfo::section(
          "trainer",
          "How long to train, and what happens on the way",
          {every("epochs", "passes over the training set; this or `steps`"),
           every("steps", "optimizer steps; this or `epochs`"),
           Parameter::integer("batch_size", "examples per step").defaults(128).at_least(1),
           Parameter::integer(
               "accumulate",
               "micro-batches a batch is computed in, one after the other, to save memory")
               .defaults(1)
               .at_least(1),
           Parameter::integer(
               "log_every_steps",
               "steps between training records; one is also written at the end of each epoch")
               .defaults(100)
               .at_least(1),
           every("evaluate_every_epochs",
                 "epochs between evaluations of the validation set; 1 when neither is given"),
           every("evaluate_every_steps", "steps between evaluations of the validation set"),
           Parameter::section("checkpoint", "checkpoint", "when to save, and what to keep")
               .defaults(Json::object()),
           Parameter::section(
               "early_stopping", "early_stopping", "stop when the validation set gains no more")
               .optional(),
           Parameter::choice("nan_policy",
                             {"rollback", "skip", "stop"},
                             "what follows a bound or gradient that is not finite")
               .defaults("rollback"),
           Parameter::duration("max_time", "stop after this long, saved and resumable (exit 75)")
               .optional()
               .above(0)
               .in_unit("seconds, or 3h50m"),
           Parameter::section("ema", "ema", "keep an exponential moving average of the weights")
               .optional(),
           Parameter::section("images", "images", "reconstruction and sample grids")
               .defaults(Json::object())}),
      ComponentInfo::section(
          "checkpoint",
          "Checkpoints",
          {every("every_epochs", "epochs between checkpoints; 1 when neither is given"),
           every("every_steps", "steps between checkpoints"),
           Parameter::integer("keep", "how many of the latest stay, beside best")
               .defaults(3)
               .at_least(1),
           Parameter::choice("on_error",
                             {"retry", "stop"},
                             "when a checkpoint cannot be written: try at the next interval "
                             "(exit 74 after 3 in a row), or stop")
               .defaults("retry")}),
      ComponentInfo::section(
          "early_stopping",
          "Stops when the validation metric has not improved for a while",
          {Parameter::integer("patience", "evaluations without improvement").at_least(1),
           Parameter::choice("metric",
                             {"auto", "elbo", "reconstruction", "objective"},
                             "what the validation set is judged by; auto: the inference's own, the "
                             "ELBO; objective: the K-sample bound that is trained")
               .defaults("auto")}),
      ComponentInfo::section(
          "ema",
          "Exponential moving average of the weights",
          {Parameter::number("decay", "average <- decay * average + (1 - decay) * weights")
               .defaults(0.999)
               .above(0)
               .below(1),
           Parameter::choice(
               "evaluate",
               {"raw", "ema"},
               "the weights that validation, eval, sample and export take unless told")
               .defaults("ema")}),
      ComponentInfo::section(
          "images",
          "Pictures made during training",
          {Parameter::integer("every_epochs", "epochs between grids; 0: only at the end")
               .defaults(0)
               .at_least(0),
           Parameter::integer("count", "images in a grid").defaults(64).at_least(1).at_most(400)})};
}

TrainerOptions TrainerOptions::from(const ConfigNode& config) {
  TrainerOptions out;
  out.name = config.text("name");
  out.seed = static_cast<std::uint64_t>(config.integer("seed"));
  const ConfigNode node = config.child("trainer");
  out.epochs = maybe(node, "epochs");
  out.steps = maybe(node, "steps");
  out.batch_size = node.integer("batch_size");
  // An inference may have its own batches, in which `all` is one.
  const ConfigNode inference = config.child("inference");
  // Some count their own iterations; of these SGLD alone does not see all examples in each.
  const bool are_steps = inference.has("max_steps"), has_minibatches = inference.has("thin");
  const bool is_counted = inference.has("num_draws") || are_steps;
  const bool sees_all = is_counted && !has_minibatches;
  if (has_minibatches) {
    out.epochs.reset();
    out.steps = inference.integer("num_warmup") +
                inference.integer("num_draws") * inference.integer("thin");
  }
  if (sees_all) {
    out.counts_iterations = true;
    out.epochs.reset();
    out.steps = are_steps ? inference.integer("max_steps")
                          : inference.integer("num_warmup") + inference.integer("num_draws");
    out.batch_size = 0;
  }
  if (inference.has("batch_size"))
    out.batch_size = inference.is_word("batch_size", "all") ? 0 : inference.integer("batch_size");
  out.accumulate = node.integer("accumulate");
  out.log_every_steps = node.integer("log_every_steps");
  out.evaluate_every_epochs = maybe(node, "evaluate_every_epochs");
  out.evaluate_every_steps = maybe(node, "evaluate_every_steps");
  // Their last state is the fit, and an iteration is an epoch: what happens after each epoch of
  // others would cost more than they do.
  if (!out.evaluate_every_epochs && !out.evaluate_every_steps)
    (sees_all ? out.evaluate_every_steps : out.evaluate_every_epochs) = sees_all ? *out.steps : 1;
  const ConfigNode checkpoint = node.child("checkpoint");
  out.checkpoint_every_epochs = maybe(checkpoint, "every_epochs");
  out.checkpoint_every_steps = maybe(checkpoint, "every_steps");
  if (!out.checkpoint_every_epochs && !out.checkpoint_every_steps) {
    // A checkpoint of chains has all of their draws, and a step of the others takes a millisecond.
    constexpr std::int64_t kFewest = 200, kCheckpoints = 50;
    if (is_counted)
      out.checkpoint_every_steps = std::max(kFewest, *out.steps / kCheckpoints);
    else
      out.checkpoint_every_epochs = 1;
  }
  out.keep = checkpoint.integer("keep");
  out.stop_on_save_error = checkpoint.text("on_error") == "stop";
  if (node.has("early_stopping")) {
    const ConfigNode stopping = node.child("early_stopping");
    out.patience = stopping.integer("patience");
    if (stopping.text("metric") != "auto") out.metric = stopping.text("metric");
  }
  out.nan_policy = NanPolicy::kind_from(node.text("nan_policy"));
  if (node.has("max_time")) out.max_time = node.number("max_time");
  const ConfigNode images = node.child("images");
  out.images_every_epochs = images.integer("every_epochs");
  out.image_count = images.integer("count");
  return out;
}

Clock TrainerOptions::clock_at(std::int64_t step, std::int64_t num_train) const {
  const std::int64_t per_epoch = (num_train + batch_size - 1) / batch_size;
  Clock clock;
  clock.step = step;
  clock.steps_per_epoch = static_cast<double>(per_epoch);
  clock.total_steps = steps.value_or(epochs.value_or(0) * per_epoch);
  return clock;
}

}  // namespace elbow
