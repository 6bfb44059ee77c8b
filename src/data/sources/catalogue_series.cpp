#include "catalogue_parts.h"
#include "elbow/data/sources/corpus.h"

namespace elbow::data {
namespace {

constexpr char kTopicsPaper[] =
    "Blei, Ng, Jordan, \"Latent Dirichlet allocation\", JMLR 3, 2003, section 3";
constexpr char kHmmPaper[] =
    "Rabiner, \"A tutorial on hidden Markov models and selected applications in speech "
    "recognition\", Proc. IEEE 77(2), 1989";
constexpr char kLdaPaper[] =
    "Blei, Ng, Jordan, \"Latent Dirichlet allocation\", JMLR 3, 2003 (its program's file format)";

Parameters drawn_splits(const std::string& what) {
  return {
      Parameter::integer("validation_size", what + " drawn for validation").defaults(0).at_least(0),
      Parameter::integer("test_size", what + " drawn for the test").defaults(0).at_least(0),
      seed("split_seed", "key of the random division of the " + what)};
}

ComponentInfo bag_of_words() {
  const Parameters files = {
      Parameter::file("path",
                      "LDA-C file of the training documents, or of all, .gz too; also looked for "
                      "under $ELBOW_DATA, as the other files"),
      Parameter::file("valid", "LDA-C file of the validation documents").optional(),
      Parameter::file("test", "LDA-C file of the test documents").optional(),
      Parameter::file("vocabulary", "the words, one a line, .gz too").optional(),
      Parameter::integer("vocabulary_size",
                         "number of words when there is no file of them; as many as occur when not "
                         "set")
          .optional()
          .at_least(1)
          .at_most(static_cast<double>(kMaxVocabulary))};
  return row("bag_of_words",
             "documents as word counts, in LDA-C format",
             kLdaPaper,
             files + drawn_splits("documents"),
             traits_of(EventKind::bag_of_words, DataValues::count, false));
}

ComponentInfo sequences() {
  const Parameters own = {
      Parameter::file("path",
                      "CSV, TSV, NPY or IDX file, .gz too, one row a time step; also looked for "
                      "under $ELBOW_DATA"),
      Parameter::integers("columns", "columns that are observed, from 0; all when not set")
          .optional(),
      header(),
      Parameter::text("sequence_column",
                      "column whose consecutive equal values form a sequence, by name or by number "
                      "from 0; it is not observed itself")
          .optional(),
      Parameter::integer("sequence_length",
                         "steps to cut the rows into, the last piece may be shorter; one sequence "
                         "when neither is set")
          .optional()
          .at_least(1),
      Parameter::boolean("standardize",
                         "mean 0, population standard deviation 1 over the time steps of the "
                         "training sequences")
          .defaults(false)};
  return row("sequences",
             "your own time series: a CSV, TSV, NPY or IDX file, one row a time step",
             "",
             own + drawn_splits("sequences"),
             traits_of(EventKind::sequence, DataValues::real, false));
}

ComponentInfo synthetic_hmm() {
  const Parameters own = {
      rows("sequence_length", "time steps of a sequence", 50, 1),
      Parameter::integer("states", "hidden states").defaults(3).at_least(1).at_most(1000),
      Parameter::integer("features", "numbers observed in a step")
          .defaults(2)
          .at_least(1)
          .at_most(10000),
      Parameter::number("stay_probability", "probability of keeping the state in a step")
          .defaults(0.9)
          .above(0)
          .below(1),
      Parameter::number("noise_scale", "standard deviation around the mean of a state")
          .defaults(0.5)
          .above(0)};
  const Parameters sizes = {rows("train_size", "training sequences", 100, 1),
                            rows("validation_size", "validation sequences", 20, 0),
                            rows("test_size", "test sequences", 20, 1),
                            seed("seed", "key of the draws")};
  return row("synthetic_hmm",
             "sequences of a Gaussian hidden Markov model with known log density",
             kHmmPaper,
             own + sizes,
             traits_of(EventKind::sequence, DataValues::real, true));
}

ComponentInfo synthetic_topics() {
  const Parameters own = {Parameter::integer("topics", "topics that documents mix")
                              .defaults(4)
                              .at_least(1)
                              .at_most(1000),
                          Parameter::integer("vocabulary_size", "different words")
                              .defaults(100)
                              .at_least(2)
                              .at_most(1e6),
                          Parameter::integer("document_length", "words in a document")
                              .defaults(60)
                              .at_least(1)
                              .at_most(1e6),
                          rows("train_size", "training documents", 400, 1),
                          rows("validation_size", "validation documents", 50, 0),
                          rows("test_size", "test documents", 100, 1),
                          seed("seed", "key of the draws")};
  return row("synthetic_topics",
             "documents whose words come from a few topics each, to run without data",
             kTopicsPaper,
             own,
             traits_of(EventKind::bag_of_words, DataValues::count, true));
}

ComponentInfo synthetic_classification() {
  const Parameters own = {
      Parameter::integer("features", "input columns, uniform in (-1, 1)")
          .defaults(2)
          .at_least(1)
          .at_most(10000),
      Parameter::number("slope_scale", "standard deviation of the slopes").defaults(2.0).above(0),
      rows("train_size", "training rows", 200, 1),
      rows("validation_size", "validation rows", 0, 0),
      rows("test_size", "test rows", 100, 1),
      seed("seed", "key of the draws")};
  DataTraits traits = traits_of(EventKind::vector, DataValues::real, true);
  traits.has_response = true;
  return row("synthetic_classification",
             "a response of 0 and 1 whose log odds are linear in uniform inputs",
             "",
             own,
             traits);
}

ComponentInfo synthetic_regression() {
  const Parameters own = {
      Parameter::integer("features", "input columns, uniform in (-1, 1)")
          .defaults(1)
          .at_least(1)
          .at_most(10000),
      Parameter::integer(
          "groups",
          "with more than 1, the first column is the group, from 0, and each has its "
          "own intercept")
          .defaults(1)
          .at_least(1)
          .at_most(10000),
      Parameter::number("noise_scale", "standard deviation of the noise").defaults(0.3).above(0),
      rows("train_size", "training rows", 200, 1),
      rows("validation_size", "validation rows", 0, 0),
      rows("test_size", "test rows", 100, 1),
      seed("seed", "key of the draws")};
  DataTraits traits = traits_of(EventKind::vector, DataValues::real, true);
  traits.has_response = true;
  return row("synthetic_regression",
             "a linear response to uniform inputs, with normal noise",
             "",
             own,
             traits);
}

/// The model reads its data by itself; here too "examples" only count draws.
ComponentInfo program_data() {
  DataTraits traits = traits_of(EventKind::none, DataValues::unknown, true);
  traits.is_of_program = true;
  return row("program",
             "the JSON of a Stan program's data block, for model: {type: program}",
             "",
             {Parameter::file("path",
                              "a JSON file: {\"N\": 3, \"y\": [1, 2, 3]}; none for a program "
                              "without data")
                  .optional(),
              rows("train_size", "draws in an epoch", 1000, 1),
              rows("validation_size", "draws of a validation", 1000, 0),
              rows("test_size", "draws of an evaluation", 1000, 1)},
             traits);
}

}  // namespace

std::vector<ComponentInfo> corpora_and_sequences() {
  return {bag_of_words(),
          sequences(),
          synthetic_hmm(),
          synthetic_topics(),
          synthetic_regression(),
          synthetic_classification(),
          program_data()};
}

}  // namespace elbow::data
