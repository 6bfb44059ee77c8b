// Which models can score what the examples of a data set are.
#include "flow_facts.h"

namespace elbow {
namespace {

/// Models whose examples are vectors or images, all of which they explain alike.
bool explains_arrays(const Facts& facts) {
  const std::string model = facts.text("model.type");
  return model == "latent" || model == "density";
}

}  // namespace

bool has_events_of_its_own(const Facts& facts) {
  const std::string event = facts.property("data", "event");
  return event == "bag_of_words" || event == "sequence";
}

void models_know_the_events(const Facts& facts, Violations& out) {
  if (!explains_arrays(facts) || !has_events_of_its_own(facts)) return;
  const bool is_text = facts.property("data", "event") == "bag_of_words";
  out.push_back({"data.type",
                 "the examples of '" + facts.text("data.type") + "' are " +
                     (is_text ? "documents as word counts" : "sequences of any length") +
                     ", but the model '" + facts.text("model.type") +
                     "' takes vectors or images of one size",
                 "elbow list model shows the models, elbow list data the data sets"});
}

void gaps_are_for_models_that_take_them(const Facts& facts, Violations& out) {
  if (!facts.is_true("data.allow_nan") || facts.info("model") == nullptr ||
      facts.flag("model", "takes_gaps"))
    return;
  out.push_back(
      {"data.allow_nan",
       "the model '" + facts.text("model.type") +
           "' needs every value: one that is missing (NaN) leaves its bound undefined",
       "remove data.allow_nan, and fill in or leave out the rows or columns (data.columns) "
       "with missing values"});
}

void responses_are_predicted(const Facts& facts, Violations& out) {
  if (!explains_arrays(facts) || facts.value("data.response") == nullptr) return;
  out.push_back({"data.response",
                 "the model '" + facts.text("model.type") +
                     "' explains all columns alike and predicts none from the others",
                 "remove data.response"});
}

void responses_have_a_column(const Facts& facts, Violations& out) {
  const std::string model = facts.text("model.type");
  const bool has_response =
      facts.value("data.response") != nullptr || facts.flag("data", "has_response");
  if (facts.flag("model", "needs_response") && !has_response)
    out.push_back(
        {"data",
         "the model '" + model + "' predicts one column from the others, and none is named",
         "set data.response to its name or number"});
  if (facts.text("data.test_split") == "all" && !facts.flag("model", "takes_groups"))
    out.push_back({"data.test_split",
                   "'all' puts the published splits side by side, which the model '" + model +
                       "' does not fit at once",
                   "set data.test_split to a number"});
}

void shared_latents_need_a_place_to_begin(const Facts& facts, Violations& out) {
  if (!facts.flag("model", "has_global_sites")) return;
  const std::string posterior = facts.text("guide.posterior.type");
  if (!posterior.empty() && !facts.flag("guide.posterior", "has_around"))
    out.push_back(
        {"guide.posterior.type",
         "weights begin at draws of their prior, which '" + posterior + "' cannot be put around",
         "set guide.posterior.type=diag_normal, low_rank_normal or full_rank_normal"});
  if (facts.text("data.test_split") != "all") return;
  each_layer(facts, "guide.flows", [&out](const std::string& path, const Json& layer) {
    if (layer.value("amortized", false)) return;
    out.push_back({path,
                   "a flow that several data sets share would mix their weights",
                   "set amortized: true in that layer (planar, radial, householder and sylvester "
                   "flows), or data.test_split to one number"});
  });
}

}  // namespace elbow
