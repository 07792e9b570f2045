#include "sim/market_hours.h"

namespace opt_data::sim {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::optional<Instant> last_close_if_closed(const Calendar& calendar, Instant at) {
  const year_month_day today = in_new_york(at).day;
  for (int back = 0; back < 14; ++back) {
    const auto date = calendar.trade_date(year_month_day{sys_days{today} - days{back}});
    if (!date) continue;
    const TradingSession session = calendar.session(*date);
    if (session.open <= at && at < session.close) return std::nullopt;
    if (session.close <= at) return session.close;
  }
  return std::nullopt;
}

Instant next_open(const Calendar& calendar, Instant at) {
  const year_month_day today = in_new_york(at).day;
  for (int ahead = 0; ahead < 14; ++ahead) {
    const auto date = calendar.trade_date(year_month_day{sys_days{today} + days{ahead}});
    if (!date) continue;
    if (const Instant open = calendar.session(*date).open; open > at) return open;
  }
  return Instant::max();
}

}  // namespace opt_data::sim
