#include "elbow/foundations/observe/report.h"

#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/observe/metrics.h"
#include "elbow/foundations/observe/png.h"
#include "markup_check.h"
#include "temporary_folder.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

const std::set<std::string> kVoid{"meta", "img"};

std::string noise_png(int width, int height, std::uint32_t state = 1) {
  Picture picture{width, height, 1, {}};
  for (int i = 0; i < width * height; ++i)
    picture.pixels.push_back(
        static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24));
  return encode_png(picture);
}

/// A finished run with everything in it; every string is `name`, `{}` in numbers' places are real.
void write_run(const std::string& run, const std::string& name) {
  spill(run + "/config.yaml", "name: " + name + "\nseed: 1\n");
  io::write_json(run + "/environment.json",
                 Json{{"version", name}, {"device", {{"name", "cpu"}, {name, 2}}}},
                 false);
  const Json state{
      {"status", "completed"},
      {"name", name},
      {"step", 5000},
      {"epoch", 10},
      {"best", {{"metric", name}, {"value", -235.125}, {"step", 4500}}},
      {"last", {{"elbo", -236.5}, {"step", 5000}, {"split", name}}},
      {"resumes", {{{"step", 2500}, {"time", name}}}},
      {"nan_events", {{{"step", 1234}, {"action", name}, {"term", "kl"}, {name, name}}}},
      {"warnings", 3},
      {"engine", {{"name", "autograd"}, {"why", name}}},
      {"threads", 2},
      {"seconds", 61.0},
      {"command", "elbow train " + name}};
  io::write_json(run + "/run.json", state, false);
  MetricsWriter metrics(run + "/metrics.jsonl");
  for (int step = 100; step <= 5000; step += 100) {
    metrics.write(Json{{"step", step},
                       {"split", "train"},
                       {"elbo", step == 1200 ? NAN : -235 - 3e4 / step},
                       {"kl", 20.5 - 100.0 / step},
                       {"learning_rate", 1e-3},
                       {"grad_norm", 3.0 + 1.0 / step},
                       {"note", name}});
    if (step % 500 == 0)
      metrics.write(Json{{"step", step}, {"split", "valid"}, {"elbo", -236 - 3e4 / step}});
  }
  std::filesystem::create_directories(run + "/eval");
  io::write_json(
      run + "/eval/test.json",
      Json{
          {"run", name},
          {"checkpoint", name},
          {"split", "test"},
          {"examples", 10000},
          {"seed", 17},
          {"elbo", {{"value", -92.314}, {"standard_error", 0.2513}, {"monte_carlo_error", 0.0102}}},
          {"nll", {{"value", 89.8}, {"standard_error", 0.24}, {"particles", 5000}, {name, name}}},
          {name, {{"value", 1}}},
          {"active_units", 22},
          {"mean_variance_per_unit", {0.5, 0.25}}},
      false);
  for (const char* picture :
       {"reconstructions-step-00001000", "reconstructions-step-00005000", "samples-step-00005000"})
    spill(run + "/images/" + picture + ".png", noise_png(60, 40));
}

/// A quantity that two chains draw.
Json posterior_of_chains(const std::string& name) {
  const Json summary{{"name", name}, {"mean", 1.25}, {"sd", 2.5}, {"r_hat", 1.0321}};
  return {{"kind", "chains"},
          {"draws", 6},
          {"num_quantities", 1},
          {"quantities", {summary}},
          {"chains", {{"of_each", {{{"acceptance", 0.8125}, {"e_bfmi", nullptr}}, 3}}}},
          {"plots",
           {{{"name", name},
             {"stride", 1},
             {"histogram", {{"first", 0.0}, {"width", 0.5}, {"density", {0.5, 1.5}}}},
             {"traces", {{1, 2, 3}, {3, 2, nullptr}}},
             {"ranks", {{1, 1}, {0.5, 1.5}}}}}}};
}

TEST(Report, ShowsThePosteriorOfChains) {
  const TemporaryFolder folder;
  write_run(folder.path(), "chains");
  io::write_json(folder / "posterior.json", posterior_of_chains("theta[1]"), false);
  const std::string html = render_report(folder.path());
  EXPECT_EQ(markup_fault(html, kVoid), "");
  for (const char* part : {">Posterior<",
                           ">theta[1]<",
                           ">1.032",
                           ">0.8125<",
                           "theta[1]: trace",
                           "theta[1]: ranks",
                           "chain 2"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  EXPECT_EQ(html.find("chain 3"), std::string::npos);
}

TEST(Report, ReadsAnyPosteriorFile) {
  const TemporaryFolder folder;
  write_run(folder.path(), "chains");
  const Json whole = posterior_of_chains("<b>&\"");
  std::vector<Json> odd{3, Json::array({1}), whole};
  for (const auto& [key, value] : whole.items())
    for (const Json& other : {Json(nullptr), Json("x"), Json::array({1, "x", nullptr})}) {
      odd.push_back(whole);
      odd.back()[key] = other;
      odd.push_back(whole);
      for (auto& inner : odd.back()["plots"][0].items())
        if (inner.key() == key || key == "kind") inner.value() = other;
    }
  for (const Json& content : odd) {
    io::write_json(folder / "posterior.json", content, false);
    const std::string html = render_report(folder.path());
    EXPECT_EQ(markup_fault(html, kVoid), "") << content.dump();
    EXPECT_TRUE(html.find(">mean<") != std::string::npos ||
                html.find("posterior.json cannot be shown") != std::string::npos)
        << content.dump();
  }
}

TEST(Report, HasEverySectionOfAFinishedRun) {
  const TemporaryFolder folder;
  write_run(folder.path(), "vae-planar");
  const std::string html = render_report(folder.path());
  EXPECT_EQ(markup_fault(html, kVoid), "");
  for (const char* part : {"<h1>vae-planar</h1>",
                           ">completed<",
                           ">Results<",
                           ">-92.31<",
                           ">0.25<",
                           ">0.010<",
                           ">nats per example<",
                           "seed 17",
                           "particles 5,000",
                           ">Curves<",
                           "resumed",
                           ">Pictures<",
                           "Inputs and their reconstructions, step 5,000",
                           "Draws from the model, step 5,000",
                           ">Events<",
                           "3 warnings",
                           "Non-finite values: 1",
                           "Resumes: 1",
                           ">Configuration<",
                           "seed: 1",
                           ">Environment<",
                           "device.name",
                           "elbow train vae-planar",
                           "elbow train RUN/config.yaml",
                           "-235.12 at step 4,500",
                           "name=\"viewport\"",
                           "prefers-color-scheme:dark",
                           "@media print"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  EXPECT_EQ(html.find("step 1,000"), std::string::npos);  // an older picture
  EXPECT_EQ(count_of(html, "<svg "), 3u);  // none of the learning rate, which never changes
  EXPECT_EQ(count_of(html, "<img "), count_of(html, "<img alt=\""));
}

TEST(Report, CarriesNeitherScriptNorExternalAddress) {
  const TemporaryFolder folder;
  write_run(folder.path(), "vae");
  const std::string html = render_report(folder.path());
  for (const char* part :
       {"<script", "http:", "https:", "//", "href", "@import", "url(http", "<link", "<iframe"}) {
    std::string searched = html;
    // base64 may hold any two characters.
    searched = std::regex_replace(searched, std::regex("base64,[^\"]{0,4000}"), "");
    EXPECT_EQ(searched.find(part), std::string::npos) << part;
  }
}

TEST(Report, EscapesEveryStringOfTheRun) {
  const TemporaryFolder folder;
  const std::string attack = "<script>alert('1')</script>\"><img src=x onerror=\"f()\">&lt;";
  write_run(folder.path(), attack);
  spill(folder / "images/<script>x-step-00000001.png", noise_png(3, 3));
  spill(folder / "images/<script>bad.png", "no picture");
  spill(folder / "eval/<script>.json", R"({"elbo": {"value": 1}, "<script>": 2})");
  spill(folder / "eval/<script>2.json", "{");
  const std::string html = render_report(folder.path());
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("src=x"), html.find("src=x onerror=&quot;"));
  EXPECT_EQ(markup_fault(html, kVoid), "");
  EXPECT_GT(count_of(html, "&lt;script&gt;"), 15u);
}

TEST(Report, SameInputsGiveTheSameBytes) {
  const TemporaryFolder first, second;
  write_run(first.path(), "vae");
  write_run(second / "elsewhere", "vae");
  EXPECT_EQ(render_report(first.path()), render_report(first.path()));
  EXPECT_EQ(render_report(first.path()), render_report(second / "elsewhere"));
}

TEST(Report, LargePicturesAreScaledAndItSaysSo) {
  const TemporaryFolder folder;
  write_run(folder.path(), "vae");
  // Noise does not compress: 30 kinds of 360 kB each, and one small picture that must stay as it
  // is.
  for (int i = 0; i < 30; ++i)
    spill(folder / ("images/traversal-" + std::to_string(i) + "-step-00000001.png"),
          noise_png(600, 600, i + 2));
  const std::string html = render_report(folder.path());
  EXPECT_LE(html.size(), 5'000'000u);
  EXPECT_GT(html.size(), 1'000'000u);
  EXPECT_NE(html.find("scaled to 1/2"), std::string::npos);
  EXPECT_NE(html.find("more kinds lie in images/"), std::string::npos);
  EXPECT_NE(html.find("width=\"60\" height=\"40\""), std::string::npos);
  EXPECT_EQ(markup_fault(html, kVoid), "");
}

TEST(Report, StaysWithinItsSizeWhateverTheFilesHold) {
  const TemporaryFolder folder;
  write_run(folder.path(), "vae");
  const std::string quotes(400000, '"');  // six bytes each when escaped
  Json state = io::read_json(folder / "run.json");
  for (int i = 0; i < 300; ++i)
    state["nan_events"].push_back({{"step", i}, {"term", std::string(3000, '<')}});
  state["command"] = quotes;
  state["name"] = quotes;
  io::write_json(folder / "run.json", state, false);
  Json environment;
  for (int i = 0; i < 2000; ++i) environment["key" + std::to_string(i)] = std::string(2000, '&');
  io::write_json(folder / "environment.json", environment, false);
  spill(folder / "config.yaml", quotes);
  for (int i = 0; i < 8; ++i)
    spill(folder / ("images/p" + std::to_string(i) + ".png"), noise_png(1200, 1000, i + 2));
  const std::string html = render_report(folder.path());
  EXPECT_LE(html.size(), 5'000'000u);
  EXPECT_NE(html.find("Too large to show"), std::string::npos);
  EXPECT_NE(html.find("400,000 bytes in all"), std::string::npos);
  EXPECT_EQ(markup_fault(html, kVoid), "");
}

TEST(Report, PartsThatAreMissingAreAbsent) {
  const TemporaryFolder folder;
  spill(folder / "run.json", "{}");
  const std::string html = render_report(folder.path());
  for (const char* title :
       {"Results", "Curves", "Pictures", "Configuration", "Environment", "nan", "null"})
    EXPECT_EQ(html.find(">" + std::string(title) + "<"), std::string::npos) << title;
  EXPECT_EQ(markup_fault(html, kVoid), "");
}

TEST(Report, DamagedPartsAreNamedAndTheRestIsShown) {
  const TemporaryFolder folder;
  write_run(folder.path(), "vae");
  spill(folder / "metrics.jsonl", "{}\nbroken\n{}\n");
  spill(folder / "environment.json", "[");
  spill(folder / "eval/test.json", "[1, 2]");
  spill(folder / "images/samples-step-00006000.png", "no picture");
  spill(
      folder / "run.json",
      R"({"status": 3, "step": "x", "best": [], "last": 7, "resumes": {}, "nan_events": [1], "name": null})");
  const std::string html = render_report(folder.path());
  EXPECT_EQ(markup_fault(html, kVoid), "");
  EXPECT_NE(html.find("metrics.jsonl cannot be shown"), std::string::npos);
  EXPECT_NE(html.find("environment.json cannot be shown"), std::string::npos);
  EXPECT_NE(html.find("samples-step-00006000.png is left out"), std::string::npos);
  EXPECT_NE(html.find("Inputs and their reconstructions"), std::string::npos);
}

TEST(Report, CurveOfARolledBackRunShowsTheLaterRecords) {
  const TemporaryFolder folder;
  spill(folder / "run.json", "{}");
  MetricsWriter metrics(folder / "metrics.jsonl");
  for (const int step : {1, 2, 3, 4, 3, 4, 5})
    metrics.write(Json{{"step", step}, {"split", "valid"}, {"elbo", -step}});
  const std::string html = render_report(folder.path());
  EXPECT_EQ(count_of(html, "<circle"), 5u);
}

TEST(Report, ConjugateRunsShowTheirTermsAndWhatTheyLearned) {
  const TemporaryFolder folder;
  spill(folder / "run.json", "{}");
  MetricsWriter metrics(folder / "metrics.jsonl");
  for (int step = 1; step <= 9; ++step)
    metrics.write(Json{{"step", step},
                       {"split", "train"},
                       {"elbo", -3 - 1.0 / step},
                       {"expected_log_joint", -2.5},
                       {"entropy", 0.25},
                       {"prior_weights", -0.5},
                       {"rho", 1.0 / step}});
  std::filesystem::create_directories(folder / "eval");
  Json weights = Json::array();
  for (int k = 0; k < 40; ++k) weights.push_back(0.025);
  const Json result{{"elbo", {{"value", -3.0}}},
                    {"prior_weights", {{"value", -0.5}}},
                    {"model",
                     {{"weights", weights},
                      {"noise", 0.125},
                      {"transitions", {{0.75, 0.25}, {0.5, 0.5}}},
                      {"topics", Json::array({Json{{"weight", 0.5}, {"words", {"<b>", "or"}}}})}}}};
  io::write_json(folder / "eval/test.json", result, false);
  io::write_json(folder / "eval/train.json", result, false);
  Picture picture{3, 3, 1, std::vector<std::uint8_t>(9, 7)};
  picture.description = "<b> from 1 to 2";
  spill(folder / "images/mixture-step-00000009.png", encode_png(picture));
  const std::string html = render_report(folder.path());
  EXPECT_EQ(markup_fault(html, kVoid), "");
  for (const char* part : {"Terms of the ELBO",
                           "expected log joint",
                           "prior: weights",
                           "Step size rho",
                           "What the model has learned",
                           "(40 in all)",
                           ">transitions[1]<",
                           ">0.75, 0.25<",
                           ">&lt;b&gt;, or<",
                           "standard deviations, step 9; &lt;b&gt; from 1 to 2"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  EXPECT_EQ(html.find("KL divergence"), std::string::npos);
  EXPECT_EQ(count_of(html, "What the model has learned"), 1u) << "both splits say the same";
}

TEST(Report, ElboCurveIsAPictureOfItsOwn) {
  const TemporaryFolder folder;
  write_run(folder.path(), "vae-<planar>");
  const std::string svg = render_metric_curve(folder.path());
  EXPECT_EQ(markup_fault(svg), "");
  EXPECT_EQ(svg.rfind("<svg", 0), 0u);
  EXPECT_NE(svg.find("resumed"), std::string::npos);
  EXPECT_EQ(svg, render_metric_curve(folder.path()));
  EXPECT_THROW(render_metric_curve(folder.path() + "/nothing"), DataError);
}

TEST(Report, FolderThatIsNoRunIsADataError) {
  const TemporaryFolder folder;
  EXPECT_THROW(render_report(folder.path()), DataError);
  EXPECT_THROW(render_report(folder / "missing"), DataError);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
