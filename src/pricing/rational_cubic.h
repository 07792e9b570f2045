// Rational cubic interpolation between two points, of R. Delbourgo and J. A. Gregory, "Shape
// preserving piecewise rational interpolation", SIAM J. Sci. Stat. Comput. 6 (1985).
//
// Takes the values and slopes at both ends, and a control parameter r > -1: 3 is the ordinary
// cubic, infinity the straight line. Choosing r also meets the second derivative at one end.
#pragma once

namespace opt_data::pricing {

struct Knot {
  double x;
  double y;
  double slope;
};

// The r with which the curve has second derivative `bend` at that end, raised if need be so that
// the curve stays monotone and convex (or concave) where the data are.
double control_for_left_bend(const Knot& left, const Knot& right, double bend);
double control_for_right_bend(const Knot& left, const Knot& right, double bend);

double interpolate(const Knot& left, const Knot& right, double control, double x);

}  // namespace opt_data::pricing
