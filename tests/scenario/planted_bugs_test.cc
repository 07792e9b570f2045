// The checks of a simulated day, checked: a bug that is planted has to be found.
#include <gtest/gtest.h>

#include <iostream>

#include "app/soak.h"

namespace opt_data::app {
namespace {

TEST(PlantedBugs, each_is_found_within_five_hundred_days) {
  for (const PlantedBug bug : planted_bugs()) {
    SoakOptions options;
    options.days = 500;
    options.jobs = 2;
    options.bug = bug;
    options.stop_at_first = true;
    const auto result = soak(options, [](const std::string&) {});
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_FALSE(result->findings.empty()) << to_text(bug);
    std::cout << to_text(bug) << ": seed " << result->findings.front().seed << ": "
              << result->findings.front().violations.front() << '\n';
  }
}

}  // namespace
}  // namespace opt_data::app
