// Which models can score what the examples of a data set are.
#include "facts.h"

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

void responses_are_predicted(const Facts& facts, Violations& out) {
  if (!explains_arrays(facts) || facts.value("data.response") == nullptr) return;
  out.push_back({"data.response",
                 "the model '" + facts.text("model.type") +
                     "' explains all columns alike and predicts none from the others",
                 "remove data.response"});
}

}  // namespace elbow
