#include "collect/capacity.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace opt_data::collect {
namespace {

using std::chrono::milliseconds;
using store::Partition;

constexpr int sessions_back_max = 5;
constexpr int list_sessions_back_max = 250;

double moneyness(const OptionContract& contract, const ContractBook& book) {
  return std::abs(contract.strike.usd() / book.reference.usd - 1);
}

double seconds(milliseconds span) { return static_cast<double>(span.count()) / 1000.0; }

struct Lists {
  std::vector<ContractBook> books;
  Capacity capacity;
};

Result<Lists> read_lists(
    TradeDate date, const std::vector<Underlying>& symbols, const SnapshotSettings& settings,
    const Calendar& calendar, store::Disk& disk) {
  Lists lists;
  for (const Underlying& symbol : symbols) {
    auto book = read_book(disk, settings.contracts_cache, symbol, date);
    if (!book && book.error().kind == ErrorKind::not_found)
      book = read_earlier_book(
          disk, settings.contracts_cache, symbol, date, calendar, list_sessions_back_max);
    if (!book && book.error().kind != ErrorKind::not_found) return fail(std::move(book).error());
    if (!book) {
      lists.capacity.missing.push_back(book.error().message);
      continue;
    }
    lists.capacity.chains.push_back({symbol, book->date, book->contracts.size(), 0});
    lists.books.push_back(*std::move(book));
  }
  if (lists.books.empty())
    return fail(
        ErrorKind::not_found, "{}; run `opt-data contracts build --date {}`",
        fmt::join(lists.capacity.missing, "; "), date.text());
  return lists;
}

// The widest band, in hundredths of a percent, that holds no more than `count` contracts.
double band_of(const std::vector<ContractBook>& books, std::size_t count) {
  std::vector<double> all;
  for (const ContractBook& book : books)
    for (const OptionContract& contract : book.contracts) all.push_back(moneyness(contract, book));
  std::sort(all.begin(), all.end());
  if (count >= all.size()) return 1;
  // Just below the nearest one that is not in it.
  return std::max(0.0, std::ceil(all[count] * 10'000 - 1e-6) - 1) / 10'000;
}

std::vector<ContractBook> within(const std::vector<ContractBook>& books, double band) {
  std::vector<ContractBook> kept;
  for (const ContractBook& book : books) {
    kept.push_back(book);
    std::erase_if(kept.back().contracts, [&](const OptionContract& contract) {
      return moneyness(contract, book) > band + 1e-9;
    });
  }
  return kept;
}

// The same with what is farthest from the money left out; empty where everything fits.
std::optional<Capacity> shrink(
    const std::vector<ContractBook>& books, const Capacity& whole, const SnapshotSettings& settings,
    const Calendar& calendar) {
  std::size_t count = 0;
  for (const ContractBook& book : books) count += book.contracts.size();
  Capacity shrunk = whole;
  // Repetitions leave with their contracts, and what is left may still take too long: each round
  // takes at least one more away.
  for (;;) {
    std::size_t fits = count;
    for (const SlotCapacity& slot : shrunk.slots)
      if (!slot.fits()) fits = std::min(fits, slot.plan.fits);
    if (fits == count) break;
    count = fits;
    shrunk.moneyness = band_of(books, fits);
    const auto kept = within(books, *shrunk.moneyness);
    for (std::size_t i = 0; i < kept.size(); ++i)
      shrunk.chains[i].left_out = shrunk.chains[i].contracts - kept[i].contracts.size();
    for (SlotCapacity& slot : shrunk.slots)
      slot.plan = plan_snapshot(
          slot.plan.slot, kept, plan_options(slot.plan.slot, settings, calendar, slot.times));
  }
  return shrunk.moneyness ? std::optional(std::move(shrunk)) : std::nullopt;
}

bool made_by_fill(const Partition& where, const store::Ledger* ledger) {
  if (ledger == nullptr) return false;
  const auto fill = ledger->job({store::JobKind::fill, where.date, *where.slot});
  if (!fill || !*fill) return false;
  const auto asked = ledger->job({store::JobKind::snapshot, where.date, *where.slot});
  return !asked || !*asked || (*asked)->outcome == store::JobOutcome::failed;
}

}  // namespace

std::optional<Partition> slot_before(
    const Slot& slot, std::chrono::minutes step, const Calendar& calendar,
    const store::DatasetReader& reader, const store::Ledger* ledger) {
  TradeDate date = slot.date;
  int from = slot.index;
  for (int back = 0; back <= sessions_back_max; ++back) {
    for (int index = from - 1; index >= 0; --index) {
      const Partition where{
          store::Layer::clean, store::View::intraday, date, static_cast<std::uint8_t>(index)};
      const auto published = reader.published(where);
      if (published && *published && !made_by_fill(where, ledger)) return where;
    }
    const auto earlier = calendar.previous(date);
    if (!earlier) return std::nullopt;
    date = *earlier;
    from = static_cast<int>(SlotGrid(calendar.session(date), step).size());
  }
  return std::nullopt;
}

AnswerTimes times_of(
    const Partition& where, const SnapshotSettings& settings, const Calendar& calendar,
    const store::DatasetReader& reader, const store::Ledger* ledger) {
  const auto rows = reader.quotes(where);
  if (!rows) return {};
  std::vector<milliseconds> spread;
  if (ledger != nullptr) {
    const auto job = ledger->job({store::JobKind::snapshot, where.date, *where.slot});
    if (job && *job)
      if (const auto report = report_of((*job)->counts))
        for (const std::int64_t each : report->answer_ms) spread.emplace_back(each);
  }
  const SlotGrid grid(calendar.session(where.date), settings.slot_step);
  return learn(
      fmt::format("slot {} of {}", grid.slots()[*where.slot].label(), where.date.text()), *rows,
      std::move(spread), attempt_limits(settings.capture));
}

PlanOptions plan_options(
    const Slot& slot, const SnapshotSettings& settings, const Calendar& calendar,
    AnswerTimes times) {
  const SlotGrid grid(calendar.session(slot.date), settings.slot_step);
  const SlotWindow window = slot_window(slot, grid, milliseconds{0}, settings.window);
  PlanOptions options;
  options.limits = settings.limits;
  options.attempts = attempt_limits(settings.capture);
  options.times = std::move(times);
  options.window = std::chrono::duration_cast<milliseconds>(window.end - slot.at);
  return options;
}

bool Capacity::fits() const {
  return missing.empty() && std::ranges::all_of(slots, &SlotCapacity::fits);
}

Result<Capacity> measure_capacity(
    const std::vector<Slot>& slots, const std::vector<Underlying>& symbols, bool fit,
    const SnapshotSettings& settings, const Calendar& calendar, store::Disk& disk,
    const store::DatasetReader& reader, const store::Ledger* ledger) {
  OPT_TRY(Lists lists, read_lists(slots.front().date, symbols, settings, calendar, disk));
  Capacity& capacity = lists.capacity;
  // Slots to come share the one that was published last.
  std::map<std::string, AnswerTimes> known;
  for (const Slot& slot : slots) {
    AnswerTimes times;
    if (const auto before = slot_before(slot, settings.slot_step, calendar, reader, ledger)) {
      const auto [place, is_new] = known.try_emplace(before->text());
      if (is_new) place->second = times_of(*before, settings, calendar, reader, ledger);
      times = place->second;
    }
    const PlanOptions options = plan_options(slot, settings, calendar, times);
    capacity.slots.push_back(
        {plan_snapshot(slot, lists.books, options), options.window, std::move(times)});
  }
  const auto shrunk = shrink(lists.books, capacity, settings, calendar);
  if (!shrunk) return std::move(capacity);
  if (fit) return *shrunk;
  capacity.moneyness = shrunk->moneyness;
  return std::move(capacity);
}

std::vector<std::string> advice(const Capacity& capacity, const CaptureLimits& limits) {
  std::vector<std::string> sentences;
  for (const std::string& missing : capacity.missing) sentences.push_back(missing);
  const auto worst = std::ranges::min_element(capacity.slots, {}, [](const SlotCapacity& slot) {
    return static_cast<double>(slot.plan.fits) /
           std::max(1.0, static_cast<double>(slot.plan.ask.size()));
  });
  if (worst == capacity.slots.end() || worst->fits()) return sentences;
  const auto all = static_cast<double>(worst->plan.ask.size());
  const double window = seconds(worst->window);
  sentences.push_back(fmt::format(
      "slot {}: {} of {} contracts can be answered in its window of {:.0f} s",
      worst->plan.slot.label(), worst->plan.fits, worst->plan.ask.size(), window));
  // Questions a second that each limit allows; the least of them is the one that holds it up.
  const double answer = seconds(worst->times.mean());
  const double needed = all / window;
  const double by_minute = limits.subscriptions_per_minute / 60.0;
  const double by_flight = limits.in_flight_max / (answer + 0.1);
  const double by_messages = limits.messages_per_second / 2.0;
  const double by_lines = limits.lines / answer;
  const double least = std::min({by_minute, by_flight, by_messages, by_lines});
  if (least < by_messages && needed < by_messages) {
    if (by_minute < 1.05 * needed)
      sentences.push_back(fmt::format(
          "pacing.per_minute is {}; {:.0f} would do", limits.subscriptions_per_minute,
          std::ceil(1.1 * needed * 60)));
    if (by_flight < 1.05 * needed)
      sentences.push_back(fmt::format(
          "pacing.in_flight is {}; {:.0f} would do", limits.in_flight_max,
          std::ceil(1.2 * needed * (answer + 0.1))));
    if (by_lines < 1.05 * needed)
      sentences.push_back(fmt::format("pacing.lines is {}", limits.lines));
  } else {
    sentences.push_back(fmt::format(
        "the broker's message rate allows {:.1f} questions a second to one account, and this takes "
        "{:.1f}",
        by_messages, needed));
  }
  if (capacity.moneyness)
    sentences.push_back(fmt::format(
        "or ask for less: with filters.moneyness = {:.4f} it fits; fewer expiries, strikes or "
        "underlyings do it too",
        *capacity.moneyness));
  return sentences;
}

}  // namespace opt_data::collect
