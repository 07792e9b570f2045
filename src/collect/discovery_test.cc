#include "collect/discovery.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

using Days = std::vector<std::chrono::year_month_day>;

// Real strikes; secdef names half strikes besides, which no expiry has.
const std::vector<double> listed{90, 95, 100, 105, 110};

class DiscoveryTest : public CollectTest {
 protected:
  DiscoveryTest() {
    know("AAPL", 100.4);
    options_.cache = cache();
    options_.filters.expiry_types = {ExpiryType::monthly, ExpiryType::weekly};
  }

  void know(const Underlying& symbol, double close) {
    Quote quote;
    quote.close = close;
    gateway_.underlyings[symbol] = quote;
  }
  void list_monthly() {
    for (const auto expiry : {december, october, november}) gateway_.list("AAPL", expiry, listed);
  }
  // The first `count` Fridays after Monday.
  std::vector<std::chrono::year_month_day> list_fridays(int count) {
    std::vector<std::chrono::year_month_day> fridays;
    for (int week = 0; week < count; ++week) {
      fridays.push_back(std::chrono::sys_days{year{2025} / 10 / 10} + std::chrono::days{7 * week});
      gateway_.list("AAPL", fridays.back(), listed);
    }
    return fridays;
  }
  // The discovery of a day, from `time_of_day` on; what was asked before is forgotten.
  Result<DiscoverySummary> build(
      TradeDate date, std::chrono::microseconds time_of_day = 8h,
      std::vector<Underlying> symbols = {"AAPL"}) {
    go_to(at(date, time_of_day));
    gateway_.wide.clear();
    gateway_.exact.clear();
    gateway_.refused_200 = 0;
    return wait(discover(
        date, std::move(symbols), at(date, 9h + 25min), options_, calendar_, gateway_, clock_,
        disk_, events_));
  }
  ContractBook book(TradeDate date, const Underlying& symbol = "AAPL") {
    auto book = read_book(disk_, cache(), symbol, date);
    EXPECT_TRUE(book) << book.error().message;
    return book ? *book : book_of(date, {});
  }
  Days asked_wide() const {
    Days days;
    for (const auto& query : gateway_.wide) days.push_back(query.expiry);
    return days;
  }

  DiscoveryOptions options_;
};

TEST_F(DiscoveryTest, unknown_expiries_are_enumerated_nearest_first) {
  list_monthly();
  gateway_.candidates["AAPL"] = {Strike{97'500}, Strike{102'500}};
  const auto summary = build(monday);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(summary->complete());
  EXPECT_EQ(asked_wide(), (Days{october, november, december}));
  EXPECT_TRUE(gateway_.exact.empty());
  EXPECT_EQ(gateway_.refused_200, 0) << "what secdef merely names is never asked for";
  ASSERT_EQ(summary->symbols.size(), 1U);
  EXPECT_EQ(summary->symbols[0].contracts, 30U);
  EXPECT_EQ(summary->symbols[0].expiries, 3U);
  EXPECT_EQ(summary->symbols[0].wide_requests, 3);
}

TEST_F(DiscoveryTest, the_book_is_frozen_at_its_hour_with_its_price) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  const ContractBook frozen = book(monday);
  EXPECT_GE(frozen.built_at, at(monday, 9h + 25min));
  EXPECT_LE(frozen.built_at, at(monday, 9h + 25min + 10s));
  EXPECT_EQ(frozen.reference.usd, 100.4);
  EXPECT_EQ(frozen.reference.source, "previous_close");
  EXPECT_EQ(frozen.filters, options_.filters.fingerprint());
  EXPECT_EQ(frozen.contracts.size(), 30U);
  EXPECT_EQ(gateway_.watching, 0) << "the line on the underlying is given back";
}

TEST_F(DiscoveryTest, a_book_stands_for_its_day_and_its_filters) {
  list_monthly();
  gateway_.list("MSFT", october, listed);
  know("MSFT", 100.4);
  ASSERT_TRUE(build(monday));
  const auto standing = [&](Instant now) {
    return standing_books(monday, {"AAPL", "MSFT"}, now, options_, disk_).symbols;
  };
  const auto same_day = standing(at(monday, 10h));
  ASSERT_EQ(same_day.size(), 1u);
  EXPECT_EQ(same_day[0].symbol, "AAPL");
  EXPECT_TRUE(same_day[0].already);
  EXPECT_EQ(same_day[0].contracts, book(monday).contracts.size());
  EXPECT_EQ(same_day[0].expiries, 3u);

  options_.filters.moneyness = 0.05;
  EXPECT_TRUE(standing(at(monday, 10h)).empty());
  EXPECT_EQ(standing(at(monday, 10h) + 24h).size(), 1u);  // Past days are what they are.
}

TEST_F(DiscoveryTest, a_broken_book_stands_with_its_error) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  const std::string broken = "{";
  ASSERT_TRUE(store::write_atomically(disk_, book_path(cache(), "AAPL", monday), broken));
  const auto standing = standing_books(monday, {"AAPL"}, at(monday, 10h), options_, disk_).symbols;
  ASSERT_EQ(standing.size(), 1u);
  EXPECT_NE(standing[0].error.find("AAPL_2025-10-06.json"), std::string::npos) << standing[0].error;
}

TEST_F(DiscoveryTest, a_known_expiry_is_asked_again_after_five_sessions) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  for (const unsigned day : {7U, 8U, 9U, 10U}) {
    ASSERT_TRUE(build(store::trade_date(2025, 10, day)));
    EXPECT_TRUE(gateway_.wide.empty()) << "October " << day;
    EXPECT_EQ(book(store::trade_date(2025, 10, day)).contracts.size(), 30U);
  }
  ASSERT_TRUE(build(store::trade_date(2025, 10, 13)));
  EXPECT_EQ(asked_wide(), (Days{october, november, december}));
}

TEST_F(DiscoveryTest, a_candidate_that_no_expiry_has_is_no_reason_to_ask_again) {
  list_monthly();
  gateway_.candidates["AAPL"] = {Strike{97'500}, Strike{102'500}};
  ASSERT_TRUE(build(monday));
  ASSERT_TRUE(build(store::trade_date(2025, 10, 7)));
  EXPECT_TRUE(gateway_.wide.empty()) << gateway_.wide.size() << " expiries were asked again";
}

TEST_F(DiscoveryTest, a_new_strike_near_the_money_asks_sooner) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  gateway_.list("AAPL", november, {102.5});
  const auto summary = build(store::trade_date(2025, 10, 7));
  ASSERT_TRUE(summary);
  EXPECT_EQ(asked_wide(), (Days{october, november, december}));
  EXPECT_EQ(summary->symbols[0].contracts, 32U);
  EXPECT_EQ(gateway_.refused_200, 0);
}

TEST_F(DiscoveryTest, a_new_strike_far_from_the_money_can_wait) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  gateway_.list("AAPL", november, {300});
  ASSERT_TRUE(build(store::trade_date(2025, 10, 7)));
  EXPECT_TRUE(gateway_.wide.empty()) << gateway_.wide.size() << " expiries were asked again";
}

TEST_F(DiscoveryTest, a_new_expiry_alone_is_asked) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  gateway_.list("AAPL", year{2025} / 10 / 24, listed);
  const auto summary = build(store::trade_date(2025, 10, 7));
  ASSERT_TRUE(summary);
  EXPECT_EQ(asked_wide(), (Days{year{2025} / 10 / 24}));
  EXPECT_EQ(summary->symbols[0].contracts, 40U);
}

// From 09:20 on, with 90 s for each wide request but the first, four fit in before the freeze.
TEST_F(DiscoveryTest, where_the_time_does_not_suffice_exact_candidates_are_probed) {
  const auto fridays = list_fridays(6);
  gateway_.candidates["AAPL"] = {Strike{97'500}, Strike{102'500}};
  gateway_.wide_takes = 90s;
  const auto summary = build(monday, 9h + 20min);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(summary->complete());
  EXPECT_EQ(asked_wide(), Days(fridays.begin(), fridays.begin() + 4));
  EXPECT_LE(book(monday).built_at, at(monday, 9h + 25min + 10s));
  for (const auto& query : gateway_.exact) EXPECT_GE(query.expiry, fridays[4]);
  // Seven strikes near the money: five are listed, asked for as call and put; two are absent.
  EXPECT_EQ(summary->symbols[0].probes, 2 * (2 * 5 + 2));
  EXPECT_EQ(summary->symbols[0].probes_absent, 4);
  EXPECT_EQ(summary->symbols[0].contracts, 60U);
  const auto absences = events_.of("discovery_probe");
  ASSERT_EQ(absences.size(), 4U);
  EXPECT_EQ(absences[0].level, observe::Level::info) << "a probe's 200 is no error";
  EXPECT_NE(absences[0].message.find("2025-11-07"), std::string::npos) << absences[0].message;
}

TEST_F(DiscoveryTest, probes_end_at_their_number) {
  list_fridays(6);
  gateway_.wide_takes = 90s;
  options_.probes_max = 7;
  const auto summary = build(monday, 9h + 20min);
  ASSERT_TRUE(summary);
  EXPECT_LE(summary->symbols[0].probes, 8) << "a call that exists brings its put";
  EXPECT_GE(summary->symbols[0].probes, 7);
  const auto incomplete = events_.of("discovery_incomplete");
  ASSERT_EQ(incomplete.size(), 1U) << "a list that is cut short says so";
  EXPECT_NE(incomplete[0].message.find("AAPL: there was no time"), std::string::npos);
}

// Begun after the freeze, as on the first day of somebody who starts at noon: the first wide
// request is answered at once, and the rest is asked exactly, as far as 90 s go.
TEST_F(DiscoveryTest, a_list_that_is_begun_late_is_made_of_exact_candidates) {
  const auto fridays = list_fridays(6);
  gateway_.wide_takes = 90s;
  const auto summary = build(monday, 12h);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(asked_wide(), Days(fridays.begin(), fridays.begin() + 1));
  EXPECT_EQ(summary->symbols[0].expiries, 6U);
  EXPECT_EQ(summary->symbols[0].contracts, 60U);
  EXPECT_TRUE(events_.of("discovery_incomplete").empty());
}

TEST_F(DiscoveryTest, a_list_that_is_begun_too_late_says_what_it_does_without) {
  list_fridays(6);
  gateway_.wide_takes = 90s;
  gateway_.exact_takes = 10s;
  const auto summary = build(monday, 12h);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_LE(book(monday).built_at, at(monday, 12h + 2min)) << "while a slot of noon can be begun";
  EXPECT_EQ(summary->symbols[0].probes, 10);
  const auto incomplete = events_.of("discovery_incomplete");
  ASSERT_EQ(incomplete.size(), 1U);
  EXPECT_EQ(incomplete[0].level, observe::Level::warning);
  EXPECT_NE(incomplete[0].message.find("are listed, the first 2025-1"), std::string::npos)
      << incomplete[0].message;
}

TEST_F(DiscoveryTest, an_absence_is_believed_for_a_week) {
  list_fridays(6);
  gateway_.candidates["AAPL"] = {Strike{97'500}};
  gateway_.wide_takes = 90s;
  ASSERT_TRUE(build(monday, 9h + 20min));
  // Of two new expiries the first is enumerated at once, and the second probed like the others.
  const auto probes_of = [&](std::chrono::year_month_day expiry) {
    return std::count_if(gateway_.exact.begin(), gateway_.exact.end(), [&](const auto& query) {
      return query.expiry == expiry && query.strike == Strike{97'500};
    });
  };
  const auto last = year{2025} / 11 / 14;  // Probed on Monday.
  EXPECT_EQ(probes_of(last), 1);
  gateway_.list("AAPL", year{2025} / 11 / 28, listed);
  gateway_.list("AAPL", year{2025} / 12 / 5, listed);
  ASSERT_TRUE(build(store::trade_date(2025, 10, 10), 9h + 24min));
  EXPECT_EQ(probes_of(year{2025} / 12 / 5), 1);
  EXPECT_EQ(probes_of(last), 0) << "asked four days before";
  gateway_.list("AAPL", year{2025} / 12 / 12, listed);
  gateway_.list("AAPL", december, listed);
  ASSERT_TRUE(build(store::trade_date(2025, 10, 13), 9h + 24min));
  EXPECT_EQ(probes_of(last), 1) << "a week is over";
  EXPECT_EQ(probes_of(year{2025} / 12 / 5), 0);
}

// The broker counts wide requests by session, not by symbol.
TEST_F(DiscoveryTest, the_second_symbol_shares_the_budget_of_the_first) {
  const std::vector<Underlying> symbols{"AAPL", "MSFT", "NVDA"};
  for (const Underlying& symbol : symbols) {
    know(symbol, 100);
    for (const auto expiry : {october, november, december}) gateway_.list(symbol, expiry, listed);
  }
  gateway_.wide_takes = 90s;
  const auto summary = build(monday, 9h + 22min, symbols);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(summary->complete());
  for (const Underlying& symbol : symbols)
    EXPECT_LE(book(monday, symbol).built_at, at(monday, 9h + 25min + 30s)) << symbol;
}

TEST_F(DiscoveryTest, a_price_outside_the_listed_strikes_is_a_suspected_split) {
  list_monthly();
  know("MSFT", 100);
  gateway_.list("MSFT", november, listed);
  know("AAPL", 700);
  const auto summary = build(monday, 8h, {"AAPL", "MSFT"});
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_FALSE(summary->complete());
  const std::string& why = summary->symbols[0].error;
  for (const char* part : {"AAPL", "700", "90 to 110", "a split?", "corporate_actions"})
    EXPECT_NE(why.find(part), std::string::npos) << why;
  EXPECT_FALSE(disk_.exists(book_path(cache(), "AAPL", monday)));
  EXPECT_EQ(book(monday, "MSFT").contracts.size(), 10U) << "the others go on";
  ASSERT_EQ(events_.of("discovery_failed").size(), 1U);
  EXPECT_EQ(events_.of("discovery_failed")[0].level, observe::Level::error);
  EXPECT_EQ(events_.of("discovery_failed")[0].symbol, "AAPL");
}

TEST_F(DiscoveryTest, a_split_on_record_is_not_suspected) {
  list_monthly();
  know("AAPL", 700);
  options_.actions = {{"AAPL", monday.day(), 7}};
  ASSERT_TRUE(build(monday));
  EXPECT_DOUBLE_EQ(book(monday).reference.usd, 100);
}

TEST_F(DiscoveryTest, an_unknown_symbol_does_not_stop_the_others) {
  list_monthly();
  const auto summary = build(monday, 8h, {"AAPLE", "AAPL"});
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_FALSE(summary->complete());
  EXPECT_NE(summary->symbols[0].error.find("AAPLE"), std::string::npos);
  EXPECT_EQ(summary->symbols[1].error, "");
  EXPECT_EQ(book(monday).contracts.size(), 30U);
}

TEST_F(DiscoveryTest, a_symbol_without_a_fitting_expiry_says_which_filter) {
  gateway_.list("AAPL", year{2025} / 10 / 10, listed);
  options_.filters.expiry_types = {ExpiryType::monthly};
  const auto summary = build(monday);
  ASSERT_TRUE(summary);
  EXPECT_NE(summary->symbols[0].error.find("filters.expiry_types"), std::string::npos);
}

TEST_F(DiscoveryTest, an_enumeration_that_is_refused_leaves_the_known_listing) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  gateway_.contracts_error = Error{ErrorKind::refused, "Error validating request", 321};
  const auto summary = build(store::trade_date(2025, 10, 13));
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(summary->complete());
  EXPECT_EQ(events_.of("discovery_rotation_failed").size(), 3U);
  EXPECT_EQ(book(store::trade_date(2025, 10, 13)).contracts.size(), 30U);
}

TEST_F(DiscoveryTest, a_session_that_is_gone_ends_the_job) {
  list_monthly();
  gateway_.contracts_error = Error{ErrorKind::unavailable, "the gateway closed the connection", 0};
  const auto summary = build(monday);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::unavailable);
}

TEST_F(DiscoveryTest, broken_listings_fail_their_symbol_and_stay) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  const auto file = cache() / "listings" / "AAPL.json";
  ASSERT_TRUE(disk_.write(file, "{"));
  const auto summary = build(store::trade_date(2025, 10, 7));
  ASSERT_TRUE(summary);
  EXPECT_NE(summary->symbols[0].error.find(file.string()), std::string::npos);
  EXPECT_EQ(disk_.read(file).value(), "{");
}

class ReferencePriceTest : public testing::Test {
 protected:
  Result<ReferencePrice> of(const Quote& quote, const std::vector<CorporateAction>& actions = {}) {
    return reference_price("AAPL", quote, monday, at(monday, 9h + 25min), Calendar{}, actions);
  }
  Quote quote_;
};

TEST_F(ReferencePriceTest, is_the_previous_official_close) {
  quote_.close = 100;
  quote_.last = 104;
  const ReferencePrice price = of(quote_).value();
  EXPECT_EQ(price.usd, 100);
  EXPECT_EQ(price.source, "previous_close");
  EXPECT_EQ(price.underlying, "AAPL");
  EXPECT_EQ(price.at, at(store::trade_date(2025, 10, 3), 16h)) << "the Friday before";
}

TEST_F(ReferencePriceTest, is_on_the_basis_of_the_day) {
  quote_.close = 700;
  EXPECT_EQ(of(quote_, {{"AAPL", year{2025} / 10 / 6, 7}}).value().usd, 100);
  EXPECT_EQ(of(quote_, {{"AAPL", year{2025} / 10 / 4, 7}}).value().usd, 100) << "on a weekend";
  EXPECT_EQ(of(quote_, {{"AAPL", year{2025} / 10 / 3, 7}}).value().usd, 700)
      << "known to the close";
  EXPECT_EQ(of(quote_, {{"AAPL", year{2025} / 10 / 7, 7}}).value().usd, 700) << "not yet effective";
  EXPECT_EQ(of(quote_, {{"MSFT", year{2025} / 10 / 6, 7}}).value().usd, 700);
}

TEST_F(ReferencePriceTest, is_the_last_trade_where_no_close_was_sent) {
  quote_.last = 104;
  quote_.last_trade_at = at(monday, 9h);
  const ReferencePrice price = of(quote_).value();
  EXPECT_EQ(price.usd, 104);
  EXPECT_EQ(price.source, "last_trade");
  EXPECT_EQ(price.at, at(monday, 9h));
}

TEST_F(ReferencePriceTest, is_never_guessed) {
  quote_.bid = 100;
  quote_.ask = 101;
  const auto price = of(quote_);
  ASSERT_FALSE(price);
  EXPECT_EQ(price.error().kind, ErrorKind::not_found);
  EXPECT_NE(price.error().message.find("AAPL"), std::string::npos);
}

// Overnight four for one: said once, and everything is asked again the same morning.
TEST_F(DiscoveryTest, a_split_is_suspected_the_morning_it_is_listed) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  EXPECT_TRUE(events_.of("corporate_action_suspected").empty());
  for (OptionContract& contract : gateway_.listed) contract.strike.mills /= 4;
  know("AAPL", 25.1);
  const TradeDate tuesday = calendar_.next(monday).value();
  const auto summary = build(tuesday);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(summary->complete());
  EXPECT_EQ(asked_wide(), (Days{october, november, december}));
  const auto suspected = events_.of("corporate_action_suspected");
  ASSERT_EQ(suspected.size(), 1U);
  EXPECT_EQ(suspected[0].symbol, "AAPL");
  EXPECT_NE(suspected[0].message.find("a 4-for-1 split is suspected"), std::string::npos)
      << suspected[0].message;
  ASSERT_TRUE(build(calendar_.next(tuesday).value()));
  EXPECT_EQ(events_.of("corporate_action_suspected").size(), 1U);
}

TEST_F(DiscoveryTest, an_adjusted_class_is_told_once) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  gateway_.list("AAPL", december, listed);
  for (auto contract = gateway_.listed.end() - 10; contract != gateway_.listed.end(); ++contract)
    contract->trading_class = "AAPL1";
  const TradeDate tuesday = calendar_.next(monday).value();
  ASSERT_TRUE(build(tuesday));
  ASSERT_TRUE(build(calendar_.next(tuesday).value()));
  ASSERT_EQ(events_.of("corporate_action_suspected").size(), 1U);
  for (const OptionContract& contract : book(tuesday).contracts)
    EXPECT_EQ(contract.trading_class, "AAPL");
}

TEST_F(DiscoveryTest, a_symbol_that_is_gone_is_named_with_what_may_have_come) {
  list_monthly();
  ASSERT_TRUE(build(monday));
  gateway_.underlyings.erase("AAPL");
  const auto summary = build(calendar_.next(monday).value());
  ASSERT_TRUE(summary);
  EXPECT_FALSE(summary->complete());
  ASSERT_EQ(events_.of("corporate_action_suspected").size(), 1U);
  EXPECT_NE(
      events_.of("corporate_action_suspected")[0].message.find("a symbol change"),
      std::string::npos);
}

}  // namespace
}  // namespace opt_data::collect
