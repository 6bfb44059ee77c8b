#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "elbow/foundations/observe/png.h"

namespace elbow {

using Rgb = std::array<std::uint8_t, 3>;

/// Colours that are told apart on white, blue and orange first; they repeat after ten.
Rgb class_colour(std::size_t index);
/// The colour on its way to black, for lines over points of the same class.
Rgb darker(const Rgb& colour);

/// A closed interval of data values.
struct DataRange {
  double low = 0, high = 1;

  /// Room of this share of the width on both sides; of 1 where all values are equal.
  DataRange with_margin(double share) const;
  /// Holds `other` too, as far as it reaches out by at most half of this width on either side: what
  /// is drawn with the data shall not shrink them to a dot.
  DataRange widened_to(const DataRange& other) const;
};

/// The smallest range with all finite values in it; [0, 1] when there are none.
DataRange range_of(const std::vector<double>& values);

/// What a picture of data draws on: RGB pixels on white, addressed by data coordinates, x to the
/// right and y upwards. What lies outside is cut off; what is not finite is left out. Nothing is
/// smoothed, so equal calls give equal pixels.
class Canvas {
 public:
  /// @throws std::invalid_argument for a side below 2 pixels or a range without width
  Canvas(int width, int height, const DataRange& x, const DataRange& y);

  /// A disc. @param alpha from 0, unseen, to 1, opaque
  void point(double x, double y, const Rgb& colour, int radius = 2, double alpha = 1.0);
  /// Straight pieces between the points; one that is not finite leaves a gap.
  void line(const std::vector<std::pair<double, double>>& points,
            const Rgb& colour,
            int thickness = 1);
  /// The area between two curves over ascending x. @throws std::invalid_argument when sizes differ
  void band(const std::vector<double>& x,
            const std::vector<double>& lower,
            const std::vector<double>& upper,
            const Rgb& colour,
            double alpha);
  /// A grey border with marks at 1, 2 or 5 times a power of ten; there is no text.
  void axes();

  const Picture& picture() const { return picture_; }

 private:
  struct Place {
    double x, y;  ///< pixels from the centre of the top left one
  };
  Place place(double x, double y) const;
  double column_value(int column) const;
  void blend(int column, int row, const Rgb& colour, double alpha);
  void stamp(const Place& at, const Rgb& colour, int thickness);
  void segment(Place from, Place to, const Rgb& colour, int thickness);
  /// The part of the segment that lies on the canvas. @return whether there is any. Liang, Barsky,
  /// "A new concept and method for line clipping", 1984, section 2.
  bool clip(Place* from, Place* to) const;

  DataRange x_, y_;
  Picture picture_;
};

/// Pictures of one width below one another, with white gutters. @throws std::invalid_argument for
/// none, or for different widths or channels
Picture stacked(const std::vector<Picture>& pictures, int gutter);

}  // namespace elbow
