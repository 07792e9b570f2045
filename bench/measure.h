// Seconds of CPU, peaks of memory, and two ways of doing one thing in turn.
//
// A time alone says little on a machine that others use too. What is compared is therefore done in
// turn, A B A B, each time on the CPU's clock and not on the wall's; the ratio is the median of the
// turns' own ratios.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace opt_data::bench {

double cpu_seconds();  // Of this process so far, user and system.
double cpu_seconds_of(const std::function<void()>& work);
double wall_seconds_of(const std::function<void()>& work);

double median(std::vector<double> figures);  // Requires: at least one.

struct Turns {
  double a = 0, b = 0;  // Medians.
  double ratio = 0;     // The median of b / a.
};
// Both return their figure, whatever it is of.
Turns take_turns(int turns, const std::function<double()>& a, const std::function<double()>& b);

// What a child did. Peaks are of the child's whole memory: "held" is what it had in hand when it
// said so, with mark_held(), and "peak" the most after that.
struct InChild {
  double seconds = 0;  // What `work` returned.
  double wall = 0;     // Of the work after mark_held(), or of all of it.
  std::int64_t held_kb = 0, peak_kb = 0;
};
// A peak of memory never comes down again, so whatever is measured for one has its own process.
InChild in_child(const std::function<double()>& work);
void mark_held();

}  // namespace opt_data::bench
