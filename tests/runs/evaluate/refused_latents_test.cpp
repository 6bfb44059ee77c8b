// Named latents that make no sense, refused in words where they stand.
#include <gtest/gtest.h>

#include <algorithm>

#include "elbow/foundations/config/loader.h"
#include "elbow/runs/train/full_schema.h"
#include "runs/evaluate/mixed_latents.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::kMixed;

struct Refused {
  const char *name, *change, *place, *message;
};

class RefusedLatents : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedLatents, InWordsAtTheirPlace) {
  try {
    load_config_text(kMixed, "mixed.yaml", {GetParam().change}, full_schema());
    FAIL() << "was accepted";
  } catch (const ConfigError& error) {
    const auto& all = error.diagnostics();
    EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const Diagnostic& one) {
      return one.path == GetParam().place &&
             one.message.find(GetParam().message) != std::string::npos;
    })) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All,
    RefusedLatents,
    ::testing::Values(
        Refused{"LaterOne",
                "model.latents.y={size: 1, type: categorical, given: [z], network: {type: mlp}}",
                "model.latents.y.given",
                "not drawn before it"},
        Refused{
            "Itself", "model.latents.z.given=[z]", "model.latents.z.given", "not drawn before it"},
        Refused{"UnknownInTheModel",
                "model.latents.z.given=[w]",
                "model.latents.z.given",
                "no latent of the model (it has y, z)"},
        Refused{"UnknownInTheLikelihood",
                "model.likelihood.given=[w]",
                "model.likelihood.given",
                "no latent of the model"},
        Refused{"PriorGivenSomething",
                "model.latents.z={size: 2, given: [y]}",
                "model.latents.z.type",
                "is a prior by itself"},
        Refused{"NoPosterior", "~guide.latents.y", "guide.latents", "'y' has no posterior"},
        Refused{"PosteriorOfNothing",
                "guide.latents.w={given: [x]}",
                "guide.latents.w",
                "no latent of the model"},
        Refused{"UnknownInTheGuide",
                "guide.latents.y.given=[x, w]",
                "guide.latents.y.given",
                "neither x, nor what data say of an example"},
        Refused{
            "Circle", "guide.latents.y.given=[z]", "guide.latents.y.given", "wait for each other"},
        Refused{"OtherSupport",
                "guide.latents.y={type: diag_normal, given: [x]}",
                "guide.latents.y.type",
                "draws real latents"},
        Refused{"Estimator", "estimator={type: pathwise}", "estimator.type", "continuous"},
        Refused{"TooManyValues",
                "model.latents.y.size=9",
                "estimator.type",
                "19683 of them, more than estimator.max_values=4096"},
        Refused{"RelaxedReal",
                "guide.latents.z.relaxation={type: gumbel_softmax}",
                "guide.latents.z.relaxation",
                "'gumbel_softmax' relaxes binary and one_hot latents, but the latent 'z' is real"},
        Refused{"RelaxedAndEnumerated",
                "guide.latents.y.relaxation={type: gumbel_rao}",
                "estimator.type",
                "so that the relaxation 'gumbel_rao' would do nothing"},
        Refused{"LearnedSchedule",
                "guide.latents.y.relaxation={type: concrete, learned: true, temperature: {type: "
                "linear, from: 1, to: 0.5, over_epochs: 3}}",
                "guide.latents.y.relaxation.temperature",
                "follows no schedule"},
        Refused{"TemperatureOfZero",
                "guide.latents.y.relaxation={type: concrete, temperature: 0}",
                "guide.latents.y.relaxation.temperature",
                "must be > 0"},
        Refused{"JointGuide", "guide={type: joint}", "guide", "maps no real numbers"},
        Refused{"Name", "model.latents.2z={size: 2}", "model.latents.2z", "is no name"},
        Refused{"TakenName",
                "model.latents.likelihood={size: 2}",
                "model.latents.likelihood",
                "is the name of p(x | latents)"},
        Refused{"NotAMap", "model.latents=[z]", "model.latents", "expected a map from names"},
        Refused{"MadeOfAPosteriorThatIsGivenMore",
                "model.latents.z={size: 2, type: vamp}",
                "model.latents.z.type",
                "made of the posterior of 'z' given x alone"},
        Refused{"LabelsThatAreNotThere",
                "model.latents.z.given=[y, label]",
                "model.latents.z.given",
                "'synthetic_linear_gaussian' have no labels"},
        Refused{"ObservedLabelsThatAreNotThere",
                "+model.latents.y.observed=label",
                "model.latents.y.observed",
                "have no labels"},
        Refused{"WeightWithoutLabels",
                "+guide.label_weight=2",
                "guide.label_weight",
                "no latent of the model is the label"},
        Refused{"ALatentCalledLabel",
                "model.latents.label={size: 2}",
                "model.latents.label",
                "what the data say of an example"},
        Refused{"NoSize", "~model.latents.z.size", "model.latents.z.size", "missing key"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
