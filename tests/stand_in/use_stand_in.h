#pragma once

#include <gtest/gtest.h>

#include "support/stand_in/device.h"

namespace elbow::test {

/// Tests for which `--device cuda` means the stand-in.
class OnStandIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const bool once = [] {
      stand_in::install();
      return true;
    }();
    (void)once;
  }
};

}  // namespace elbow::test
