#include "market/corporate_action.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace opt_data {

std::string CorporateAction::id() const {
  return fmt::format("{}-{}-split-{}", underlying, iso(effective), ratio);
}

Result<std::vector<CorporateAction>> parse_corporate_actions(std::string_view csv) {
  std::vector<CorporateAction> actions;
  int number = 0;
  for (std::string_view line : split(csv, '\n')) {
    ++number;
    line = trim(line.substr(0, line.find('#')));
    if (line.empty() || line.starts_with("symbol")) continue;
    const auto fields = split(line, ',');
    if (fields.size() < 2 || fields.size() > 3)
      return fail(
          ErrorKind::invalid_input,
          "corporate actions, line {}: '{}' has {} fields; write symbol,effective_date,split_ratio",
          number, line, fields.size());
    CorporateAction action;
    action.underlying = upper(trim(fields[0]));
    auto day = parse_day(trim(fields[1]));
    if (!day) return fail_within(std::move(day).error(), "corporate actions, line {}", number);
    action.effective = *day;
    if (fields.size() == 3) {
      const auto ratio = parse_double(trim(fields[2]));
      if (!ratio || !(*ratio > 0))
        return fail(
            ErrorKind::invalid_input,
            "corporate actions, line {}: split_ratio '{}' is not above zero; 7 means seven new "
            "shares for one old",
            number, trim(fields[2]));
      action.ratio = *ratio;
    }
    actions.push_back(std::move(action));
  }
  std::sort(actions.begin(), actions.end(), [](const auto& a, const auto& b) {
    return std::tie(a.underlying, a.effective) < std::tie(b.underlying, b.effective);
  });
  return actions;
}

double split_ratio_between(
    const std::vector<CorporateAction>& actions, const Underlying& underlying,
    std::chrono::year_month_day after, std::chrono::year_month_day until) {
  double ratio = 1;
  for (const CorporateAction& action : actions)
    if (action.underlying == underlying && after < action.effective && action.effective <= until)
      ratio *= action.ratio;
  return ratio;
}

}  // namespace opt_data
