#include "app/fill.h"

#include <algorithm>
#include <utility>

#include "app/day.h"

namespace opt_data::app {

std::vector<Slot> slots_over(std::vector<Slot> slots, const Settings& settings, Instant now) {
  const auto longest =
      std::max<std::chrono::seconds>(settings.window.window, settings.window.start_grace);
  std::erase_if(slots, [&](const Slot& slot) { return now <= slot.at + longest; });
  return slots;
}

std::vector<std::string> sentences(const collect::FillReport& report) {
  std::vector<std::string> lines;
  for (const collect::SlotFill& fill : report.slots) {
    if (fill.missed == 0) continue;
    if (!fill.has_bar) {
      lines.push_back(fmt::format(
          "slot {}: {} missed; no half-hour bar ends at its moment", fill.slot, fill.missed));
      continue;
    }
    lines.push_back(fmt::format(
        "slot {}: {} missed, {} filled from half-hour bars, {} without history{}", fill.slot,
        fill.missed, fill.filled, fill.without.size(),
        fill.left() > 0 ? fmt::format(", {} still to be asked", fill.left()) : ""));
  }
  return lines;
}

asio::awaitable<Result<collect::FillReport>> run_fill_job(
    std::vector<Slot> slots, Instant until, Wiring& wiring) {
  OPT_CO_TRY(
      collect::Workshop * shop,
      co_await wiring.workshop_when_free(wiring.clock().now() + std::chrono::minutes{2}));
  OPT_CO_TRY(std::vector<Underlying> symbols, wiring.universe());
  collect::FillSettings settings = wiring.fill_settings();
  settings.until = until;
  const std::string id = wiring.new_ingest_id();
  const store::JobKey key{store::JobKind::fill, slots.front().date, -1};
  enter_job(key, id, wiring);
  auto report = co_await collect::fill_missed(
      std::move(slots), std::move(symbols), std::move(settings), id, *shop, wiring.connect());
  wiring.close_session();
  co_return report;
}

}  // namespace opt_data::app
