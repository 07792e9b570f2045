// Splits, from a file that a person keeps: `symbol,effective_date,split_ratio`, '#' for comments.
//
//   AAPL,2014-06-09,7        # seven new shares for one old
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "calendar/instant.h"
#include "market/contract.h"

namespace opt_data {

struct CorporateAction {
  Underlying underlying;
  std::chrono::year_month_day effective{};  // The first session that trades on the new basis.
  double ratio = 1;                         // New shares for one old; above zero.

  std::string id() const;  // "AAPL-2014-06-09-split-7"
  friend bool operator==(const CorporateAction&, const CorporateAction&) = default;
};

// Ascending by symbol and date. Errors: invalid_input, with the line and what to write instead.
Result<std::vector<CorporateAction>> parse_corporate_actions(std::string_view csv);

// The product of the ratios of the actions with `after` < effective <= `until`.
double split_ratio_between(
    const std::vector<CorporateAction>& actions, const Underlying& underlying,
    std::chrono::year_month_day after, std::chrono::year_month_day until);

}  // namespace opt_data
