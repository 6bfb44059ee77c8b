#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace elbow {

/// Writes TensorBoard event files: TFRecord framing and Event messages encoded by hand
/// (RELIABILITY.md section 8). Each object opens a new events.out.tfevents.<time>.<host>.<pid>.<n>,
/// whose name sorts behind those already there; old files are never touched. A step below the last
/// one (a rollback) begins another file, since steps never decrease inside one. A failed write
/// warns once, is counted, and never stops training. Every record is on its way to the disk when
/// the call returns.
class TensorBoardWriter {
 public:
  /// @param first_step the first step that will be logged: goes into the file_version and START
  /// events
  TensorBoardWriter(const std::string& directory, std::int64_t first_step);
  ~TensorBoardWriter();
  TensorBoardWriter(const TensorBoardWriter&) = delete;
  TensorBoardWriter& operator=(const TensorBoardWriter&) = delete;
  void scalars(std::int64_t step, const std::vector<std::pair<std::string, double>>& values);
  /// @param png the encoded picture
  void image(
      std::int64_t step, const std::string& tag, const std::string& png, int width, int height);
  /// Hyperparameters by the hparams plugin: name and value as text.
  void hyperparameters(std::int64_t step,
                       const std::vector<std::pair<std::string, std::string>>& values);
  void flush();
  std::int64_t failures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct TensorBoardScalar {
  std::int64_t step;
  std::string tag;
  double value;
};
/// Our own reader, for tests and `info`. Stops at a bad CRC or a cut tail. @throws DataError when
/// the file cannot be read
std::vector<TensorBoardScalar> read_tensorboard_scalars(const std::string& file);

}  // namespace elbow
