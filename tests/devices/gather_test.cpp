// Examples gathered on the device: the bits of the CPU.
#include "data/sources/support.h"
#include "devices/run_on_stand_in.h"
#include "elbow/data/dataset/dataset.h"
#include "elbow/data/device/device.h"
#include "elbow/data/sources/named_set.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Names of what differs between the batches of a data set here and there.
std::string differences(const char* type, const Json& changes, const std::string& mode) {
  const at::Device device = choose_device("cuda").device;
  const auto raw = [&] { return data::load_named_set(data::resolved(type, changes), /*seed=*/3); };
  const Dataset here(raw(), mode, /*seed=*/5, at::kCPU, at::kFloat),
      there(raw(), mode, /*seed=*/5, device, at::kFloat);
  std::string out;
  for (const std::int64_t epoch : {1, 2})
    for (const auto& rows :
         {std::vector<std::int64_t>{3, 0, 29, 3}, row_range(0, here.size("train"))}) {
      const Batch a = here.batch("train", rows, epoch), b = there.batch("train", rows, epoch);
      const auto compare = [&](const char* name, const Tensor& x, const Tensor& y) {
        if (x.defined() != y.defined() ||
            (x.defined() && (y.device() != device || !x.equal(y.cpu()))))
          out += name;
      };
      compare("x ", a.x, b.x);
      compare("covariates ", a.covariates, b.covariates);
      compare("labels ", a.labels, b.labels);
    }
  return out;
}

class BatchOnDevice : public test::StandInCommands {};

TEST_F(BatchOnDevice, OfImagesHasTheBitsOfTheCpu) {
  const Json grey = {
      {"height", 5}, {"width", 7}, {"count", 30}, {"validation_size", 4}, {"test_size", 4}};
  for (const char* mode : {"none", "threshold", "static", "dynamic"})
    EXPECT_EQ(found([&] { return differences("synthetic_images", grey, mode); }), "") << mode;
  Json binary = grey;
  binary["binary"] = true;
  EXPECT_EQ(found([&] { return differences("synthetic_images", binary, "none"); }), "");
}

TEST_F(BatchOnDevice, OfATableHasTheBitsOfTheCpu) {
  const Json changes = {{"data_size", 4}, {"train_size", 30}, {"num_covariates", 2}};
  EXPECT_EQ(found([&] { return differences("synthetic_linear_gaussian", changes, "none"); }), "");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
