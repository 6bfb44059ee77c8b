// What nearly every test with LibTorch reads, compiled once (cmake/Precompiled.cmake).
#pragma once

#include "precompiled.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
