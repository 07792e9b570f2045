#include "collect/contract_book.h"

#include "base/text.h"
#include "collect/collect_fixture.h"
#include "collect/contract_json.h"

namespace opt_data::collect {
namespace {

class Book : public testing::Test {
 protected:
  std::string text(const store::Path& file) { return disk_.read(file).value(); }
  // As somebody with an editor does it.
  void edit(const store::Path& file, std::string_view from, std::string_view to) {
    std::string bytes = text(file);
    const std::size_t place = bytes.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    ASSERT_TRUE(disk_.write(file, bytes.replace(place, from.size(), to)));
  }
  store::Path write(TradeDate date, std::vector<OptionContract> contracts) {
    EXPECT_TRUE(write_book(disk_, cache_, book_of(date, std::move(contracts))));
    return book_path(cache_, "AAPL", date);
  }
  // Unreadable, said so with the path, and left as it was.
  void expect_corrupt(const store::Path& file, std::string_view why) {
    const std::string bytes = text(file);
    const auto book = read_book(disk_, cache_, "AAPL", monday);
    ASSERT_FALSE(book);
    EXPECT_EQ(book.error().kind, ErrorKind::corrupt) << book.error().message;
    EXPECT_NE(book.error().message.find(file.string()), std::string::npos) << book.error().message;
    EXPECT_NE(book.error().message.find(why), std::string::npos) << book.error().message;
    EXPECT_EQ(text(file), bytes);
  }

  store::TemporaryFolder folder_;
  store::RealDisk disk_;
  store::Path cache_ = folder_ / "cache";
  Calendar calendar_;
};

TEST_F(Book, comes_back_as_it_was_written) {
  ContractBook book = book_of(monday, {option(11, 97.5), option(12, 0.125, Right::put, december)});
  book.contracts[1].multiplier = 10;
  book.contracts[1].exchange = "CBOE";
  book.contracts[1].trading_class = "2AAPL";
  book.reference.usd = 100.1 + 0.2;
  ASSERT_TRUE(write_book(disk_, cache_, book));
  const auto back = read_book(disk_, cache_, "AAPL", monday);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->date, monday);
  EXPECT_EQ(back->contracts, book.contracts);
  EXPECT_EQ(back->reference, book.reference);
  EXPECT_EQ(back->filters, book.filters);
  EXPECT_EQ(back->built_at, book.built_at);
  EXPECT_EQ(back->underlying.id, book.underlying.id);
  EXPECT_EQ(back->underlying.symbol, "AAPL");
  EXPECT_EQ(back->underlying.long_name, book.underlying.long_name);
  EXPECT_EQ(back->underlying.primary_exchange, book.underlying.primary_exchange);
  EXPECT_EQ(back->underlying.time_zone, book.underlying.time_zone);
  EXPECT_EQ(back->underlying.trading_hours, book.underlying.trading_hours);
  EXPECT_EQ(back->underlying.liquid_hours, book.underlying.liquid_hours);
}

TEST_F(Book, is_named_by_symbol_and_date) {
  EXPECT_EQ(book_path("/cache", "AAPL", monday), store::Path("/cache/AAPL_2025-10-06.json"));
}

TEST_F(Book, without_contracts_is_not_written) {
  const auto done = write_book(disk_, cache_, book_of(monday, {}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(done.error().message.find("moneyness=0.2"), std::string::npos);
  EXPECT_FALSE(disk_.exists(book_path(cache_, "AAPL", monday)));
}

TEST_F(Book, that_is_not_there_is_not_found) {
  EXPECT_EQ(read_book(disk_, cache_, "AAPL", monday).error().kind, ErrorKind::not_found);
}

TEST_F(Book, cut_off_anywhere_is_corrupt) {
  const store::Path file = write(monday, {option(11, 97.5)});
  const std::string whole = text(file);
  for (std::size_t size = 0; size + 3 < whole.size(); size += 7) {
    SCOPED_TRACE(size);
    ASSERT_TRUE(disk_.write(file, whole.substr(0, size)));
    expect_corrupt(file, "");
  }
}

TEST_F(Book, with_an_edited_contract_does_not_match_its_checksum) {
  const store::Path file = write(monday, {option(11, 97.5)});
  edit(file, "\"strike_mills\": 97500", "\"strike_mills\": 98500");
  expect_corrupt(file, "checksum");
}

TEST_F(Book, with_an_edited_header_is_corrupt) {
  const store::Path file = write(monday, {option(11, 97.5)});
  edit(file, "\"at\": \"2025-10-06T", "\"at\": \"the 6th, ");
  expect_corrupt(file, "");
  write(monday, {option(11, 97.5)});
  edit(file, "\"usd\": 100.0", "\"usd\": \"100\"");
  expect_corrupt(file, "");
  write(monday, {option(11, 97.5)});
  edit(file, "\"filters\"", "\"filter\"");
  expect_corrupt(file, "");
}

TEST_F(Book, without_its_version_or_contracts_is_corrupt) {
  const store::Path file = write(monday, {option(11, 97.5)});
  edit(file, "schema_version", "version");
  expect_corrupt(file, "schema_version");
  write(monday, {option(11, 97.5)});
  edit(file, "\"contracts\"", "\"lost\"");
  expect_corrupt(file, "contracts");
}

TEST_F(Book, of_a_newer_version_asks_for_the_newer_program) {
  const store::Path file = write(monday, {option(11, 97.5)});
  edit(file, "\"schema_version\": 1", "\"schema_version\": 2");
  const auto book = read_book(disk_, cache_, "AAPL", monday);
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(book.error().message.find(file.string()), std::string::npos);
  EXPECT_NE(book.error().message.find("newer opt-data"), std::string::npos);
}

TEST_F(Book, of_another_day_or_symbol_under_this_name_is_corrupt) {
  const store::Path tuesday = write(store::trade_date(2025, 10, 7), {option(11, 97.5)});
  const store::Path file = book_path(cache_, "AAPL", monday);
  ASSERT_TRUE(disk_.write(file, text(tuesday)));
  expect_corrupt(file, "another day");
  const ContractBook other = book_of(monday, calls(1, "MSFT"));
  ASSERT_TRUE(write_book(disk_, cache_, other));
  ASSERT_TRUE(disk_.write(file, text(book_path(cache_, "MSFT", monday))));
  expect_corrupt(file, "symbol");
}

TEST_F(Book, of_an_earlier_day_is_the_newest_without_what_has_expired) {
  write(store::trade_date(2025, 10, 1), {option(1, 90)});
  write(
      store::trade_date(2025, 10, 2),
      {option(2, 91), option(3, 92, Right::call, year{2025} / 10 / 3),
       option(4, 93, Right::call, year{2025} / 10 / 6)});
  const auto book = read_earlier_book(disk_, cache_, "AAPL", monday, calendar_, 5);
  ASSERT_TRUE(book) << book.error().message;
  EXPECT_EQ(book->date, store::trade_date(2025, 10, 2));
  ASSERT_EQ(book->contracts.size(), 2U) << "what expires today is still asked";
  EXPECT_EQ(book->contracts[0].id, 2);
  EXPECT_EQ(book->contracts[1].id, 4);
}

TEST_F(Book, of_an_earlier_day_is_sought_among_so_many_sessions) {
  write(store::trade_date(2025, 10, 1), {option(1, 90)});  // Three sessions before Monday.
  EXPECT_TRUE(read_earlier_book(disk_, cache_, "AAPL", monday, calendar_, 3));
  const auto none = read_earlier_book(disk_, cache_, "AAPL", monday, calendar_, 2);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::not_found);
  EXPECT_NE(none.error().message.find("AAPL"), std::string::npos);
}

TEST_F(Book, of_an_earlier_day_that_is_corrupt_is_not_passed_over) {
  write(store::trade_date(2025, 10, 1), {option(1, 90)});
  edit(write(store::trade_date(2025, 10, 2), {option(2, 91)}), "91000", "92000");
  const auto book = read_earlier_book(disk_, cache_, "AAPL", monday, calendar_, 5);
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().kind, ErrorKind::corrupt);
}

TEST_F(Book, known_listings_come_back_with_what_is_absent) {
  KnownListings known{"AAPL", {}};
  known.at(november, "AAPL").contracts = {option(1, 100), option(2, 101)};
  known.at(november, "AAPL").enumerated_on = year{2025} / 10 / 6;
  known.at(october, "AAPL").absent = {{Strike{97500}, year{2025} / 10 / 1}};
  known.at(november, "2AAPL");
  ASSERT_TRUE(write_listings(disk_, cache_, known));
  auto back = read_listings(disk_, cache_, "AAPL");
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->listings.size(), 3U);
  EXPECT_EQ(back->listings[0].expiry, october) << "by expiry, then class";
  EXPECT_EQ(back->listings[0].absent, known.listings[0].absent);
  EXPECT_EQ(back->listings[1].trading_class, "2AAPL");
  EXPECT_EQ(back->listings[2].contracts, known.listings[2].contracts);
  EXPECT_EQ(back->listings[2].enumerated_on, (year{2025} / 10 / 6));
  EXPECT_EQ(back->find(december, "AAPL"), nullptr);
}

TEST_F(Book, nothing_is_known_of_a_symbol_without_a_file) {
  const auto known = read_listings(disk_, cache_, "AAPL");
  ASSERT_TRUE(known);
  EXPECT_TRUE(known->listings.empty());
}

TEST_F(Book, broken_listings_are_corrupt_and_not_overwritten) {
  KnownListings known{"AAPL", {}};
  known.at(november, "AAPL").contracts = {option(1, 100)};
  ASSERT_TRUE(write_listings(disk_, cache_, known));
  edit(cache_ / "listings" / "AAPL.json", "100000", "200000");
  const auto back = read_listings(disk_, cache_, "AAPL");
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind, ErrorKind::corrupt);
  EXPECT_NE(back.error().message.find("listings/AAPL.json"), std::string::npos);
}

}  // namespace
}  // namespace opt_data::collect
