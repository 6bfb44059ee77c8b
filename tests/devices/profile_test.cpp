// What a profile says of a training on an accelerator.
#include "devices/run_on_stand_in.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using DeviceProfile = test::StandInCommands;

// The backward pass of a device's operations runs on a thread of that device.
TEST_F(DeviceProfile, WaitsForTheDeviceAndDividesTheBackwardPass) {
  const std::vector<std::string> words{
      "train", "tiny.yaml", "-q", "--device", "cuda", "trainer.epochs=1", "-o"};
  auto plain = words, profiled = words;
  plain.push_back("plain");
  profiled.insert(profiled.end(), {"profiled", "--profile"});
  ASSERT_EQ(run(plain).exit_code, 0);
  const auto result = run(profiled);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_same_end("plain", "profiled");
  EXPECT_THAT(result.out, ::testing::HasSubstr("waits for the device"));
  const Json profile = Json::parse(test::read_text(folder_ / "profiled/profile.json"));
  EXPECT_EQ(profile.at("waits_for_device"), true);
  std::set<std::string> names;
  for (const Json& component : profile.at("step").at("parts"))
    if (component.at("name") == "backward")
      for (const Json& part : component.at("parts")) names.insert(part.at("name"));
  EXPECT_THAT(names, ::testing::IsSupersetOf({"guide", "model", "objective"}));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
