// Which models can score what the examples of a data set are.
#include "flow_layers.h"

namespace elbow {
namespace {

/// Models whose examples are vectors or images, all of which they explain alike.
bool explains_arrays(const ConfigView& view) {
  const auto* model = view.traits<ModelTraits>("model");
  return model != nullptr && model->takes(EventKind::image);
}

EventKind event_of(const ConfigView& view) {
  const auto* data = view.traits<DataTraits>("data");
  return data == nullptr ? EventKind::none : data->event;
}

}  // namespace

namespace {

/// The key by which numbers of an example may be missing; empty where none can.
std::string key_of_gaps(const ConfigView& view) {
  if (view.is_true("data.allow_nan")) return "data.allow_nan";
  return view.number("data.missing", 0) > 0 ? "data.missing" : "";
}

}  // namespace

bool has_events_of_its_own(const ConfigView& view) {
  const EventKind event = event_of(view);
  return event == EventKind::bag_of_words || event == EventKind::sequence;
}

void models_know_the_events(const ConfigView& view, Violations& out) {
  if (!explains_arrays(view) || !has_events_of_its_own(view)) return;
  const bool is_text = event_of(view) == EventKind::bag_of_words;
  out.push_back({"data.type",
                 "the examples of '" + view.text("data.type") + "' are " +
                     (is_text ? "documents as word counts" : "sequences of any length") +
                     ", but the model '" + view.text("model.type") +
                     "' takes vectors or images of one size",
                 "elbow list model shows the models, elbow list data the data sets"});
}

void gaps_are_for_models_that_take_them(const ConfigView& view, Violations& out) {
  const std::string key = key_of_gaps(view);
  if (key.empty()) return;
  if (view.lacks("model", &ModelTraits::takes_gaps))
    out.push_back({key,
                   "the model '" + view.text("model.type") +
                       "' needs every value: one that is missing (NaN) leaves its bound undefined",
                   "remove " + key +
                       ", and fill in or leave out the rows or columns (data.columns) "
                       "with missing values; or use model.type=latent, which takes them"});
  else if (view.lacks("model.likelihood", &LikelihoodTraits::has_independent_elements))
    out.push_back({"model.likelihood.type",
                   "'" + view.text("model.likelihood.type") +
                       "' scores all numbers of an example together: what is missing cannot be "
                       "left out",
                   "choose a likelihood whose elements are independent given the latent, or "
                   "remove " +
                       key + " and fill in what is missing"});
}

void masks_are_for_gaps(const ConfigView& view, Violations& out) {
  for (const char* key : {"data.mask", "data.train_mask", "data.valid_mask", "data.test_mask"}) {
    if (view.value(key) == nullptr || view.is_true("data.allow_nan")) continue;
    out.push_back({key,
                   "a mask says which numbers are missing, but data.allow_nan is false",
                   "set data.allow_nan=true, or remove " + std::string(key)});
  }
}

void responses_are_predicted(const ConfigView& view, Violations& out) {
  if (!explains_arrays(view) || view.value("data.response") == nullptr) return;
  out.push_back({"data.response",
                 "the model '" + view.text("model.type") +
                     "' explains all columns alike and predicts none from the others",
                 "remove data.response"});
}

void classes_stay_as_they_are(const ConfigView& view, Violations& out) {
  if (!view.has("model", &ModelTraits::has_binary_response)) return;
  if (!view.is_true("data.standardize") || !view.is_true("data.standardize_response")) return;
  out.push_back({"data.standardize",
                 "true moves the response off 0 and 1, which the model '" +
                     view.text("model.type") + "' predicts",
                 "set data.standardize_response=false"});
}

void responses_have_a_column(const ConfigView& view, Violations& out) {
  const std::string model = view.text("model.type");
  const bool has_response =
      view.value("data.response") != nullptr || view.has("data", &DataTraits::has_response);
  if (view.has("model", &ModelTraits::needs_response) && !has_response)
    out.push_back(
        {"data",
         "the model '" + model + "' predicts one column from the others, and none is named",
         "set data.response to its name or number"});
  if (view.text("data.test_split") == "all" && !view.has("model", &ModelTraits::takes_groups))
    out.push_back({"data.test_split",
                   "'all' puts the published splits side by side, which the model '" + model +
                       "' does not fit at once",
                   "set data.test_split to a number"});
}

void shared_latents_need_a_place_to_begin(const ConfigView& view, Violations& out) {
  if (!view.has("model", &ModelTraits::has_global_sites)) return;
  const std::string posterior = view.text("guide.posterior.type");
  if (view.lacks("guide.posterior", &PosteriorTraits::can_be_centred))
    out.push_back(
        {"guide.posterior.type",
         "weights begin at draws of their prior, at which '" + posterior + "' cannot be centred",
         "set guide.posterior.type=diag_normal, low_rank_normal or full_rank_normal"});
  if (view.text("data.test_split") != "all") return;
  each_layer(view, "guide.flows", [&out](const std::string& path, const Json& layer) {
    if (layer.value("amortized", false)) return;
    out.push_back({path,
                   "a flow that several data sets share would mix their weights",
                   "set amortized: true in that layer (planar, radial, householder and sylvester "
                   "flows), or data.test_split to one number"});
  });
}

}  // namespace elbow
