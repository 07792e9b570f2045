#include "store/ledger_row.h"

#include <gtest/gtest.h>

#include <limits>

#include "store/ledger_fixture.h"

namespace opt_data::store {
namespace {

// Bytes that pass the checksum, whatever they say.
std::string seal(std::string body) {
  const std::uint64_t key = key_of(body);
  std::uint64_t sum = (key ^ (key >> 32)) & 0xFFFFFFFF;
  for (int i = 0; i < 4; ++i, sum >>= 8) body.push_back(static_cast<char>(sum & 0xFF));
  return body;
}

std::string body_of(const std::string& bytes) { return bytes.substr(0, bytes.size() - 4); }

// What one option of AAPL looks like on a usual morning.
OptionQuote usual_row() {
  using std::chrono::year;
  const TradeDate date = trade_date(2025, 10, 6);
  const Instant at = new_york(date.day(), std::chrono::hours{10});
  OptionQuote row{
      {731'512'345,
       "AAPL",
       year{2025} / 12 / 19,
       Right::put,
       {240'000},
       100,
       "SMART",
       "AAPL",
       "USD"},
      {date, 1, at},
      {},
      {OpenInterestState::value, 12'345},
      {},
      {},
      {},
      {},
      DataSource::ibkr,
      "0123456789abcdef0123456789abcdef"};
  row.quote.bid = 3.45, row.quote.ask = 3.5, row.quote.last = 3.47;
  row.quote.bid_size = 12, row.quote.ask_size = 40, row.quote.last_size = 1;
  row.quote.volume = 811, row.quote.close = 3.6, row.quote.model_underlying = 256.71;
  row.quote.greeks = {0.2734, -0.2811, 0.0121, -0.0713, 0.3921};
  row.quote.type = MarketDataType::live;
  row.quote.as_of = row.quote.received = at + std::chrono::milliseconds{812};
  row.underlying = {256.70, 256.72, 256.71, at};
  return row;
}

TEST(LedgerRow, every_field_comes_back_bit_for_bit) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const OptionQuote row = AnyRow(random)();
    const std::string bytes = encode_row(row);
    const auto back = decode_row(bytes);
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_EQ(*back, row);
    // Equal doubles need not have equal bits: 0.0 and -0.0.
    ASSERT_EQ(encode_row(*back), bytes);
  }
}

TEST(LedgerRow, not_a_number_keeps_its_payload) {
  OptionQuote row = usual_row();
  row.quote.bid = std::bit_cast<double>(0x7FF8'0000'DEAD'BEEFULL);
  row.quote.ask = -std::numeric_limits<double>::infinity();
  const OptionQuote back = decode_row(encode_row(row)).value();
  EXPECT_EQ(std::bit_cast<std::uint64_t>(*back.quote.bid), 0x7FF8'0000'DEAD'BEEFULL);
  EXPECT_EQ(back.quote.ask, row.quote.ask);
}

TEST(LedgerRow, an_absent_value_is_not_zero) {
  OptionQuote row = usual_row();
  row.quote.bid = 0.0;
  row.quote.ask.reset();
  const OptionQuote back = decode_row(encode_row(row)).value();
  EXPECT_EQ(back.quote.bid, 0.0);
  EXPECT_EQ(back.quote.ask, std::nullopt);
}

TEST(LedgerRow, a_usual_row_is_small) { EXPECT_LE(encode_row(usual_row()).size(), 300u); }

TEST(LedgerRow, a_row_cut_short_anywhere_is_corrupt) {
  const std::string bytes = encode_row(usual_row());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto back = decode_row(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(back) << size;
    ASSERT_EQ(back.error().kind, ErrorKind::corrupt);
  }
}

TEST(LedgerRow, any_flipped_bit_is_noticed) {
  const std::string bytes = encode_row(usual_row());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(decode_row(damaged)) << "bit " << bit;
  }
}

// With a checksum that is right, the format itself has to hold.
TEST(LedgerRow, a_sealed_row_cut_short_anywhere_is_corrupt) {
  const std::string body = body_of(encode_row(usual_row()));
  for (std::size_t size = 0; size < body.size(); ++size)
    ASSERT_FALSE(decode_row(seal(body.substr(0, size)))) << size;
}

TEST(LedgerRow, hostile_bytes_give_an_error_or_a_row_never_a_crash) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string body = body_of(encode_row(i % 2 == 0 ? usual_row() : AnyRow(random)()));
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
      body[random.below(body.size())] = static_cast<char>(random.below(256));
    if (random.below(4) == 0) body.resize(random.below(2 * body.size() + 1));
    const auto back = decode_row(seal(std::move(body)));
    if (back)
      ASSERT_TRUE(decode_row(encode_row(*back)));
    else
      ASSERT_EQ(back.error().kind, ErrorKind::corrupt);
  }
}

TEST(LedgerRow, a_length_beyond_the_end_is_corrupt) {
  OptionQuote row = usual_row();
  row.ingest_id = "abc";
  std::string body = body_of(encode_row(row));
  ASSERT_EQ(body[body.size() - 4], 3);  // The ingest id is last: its length, then its bytes.
  body[body.size() - 4] = 4;
  EXPECT_FALSE(decode_row(seal(body)));
  body[body.size() - 4] = 2;  // Runs on.
  EXPECT_FALSE(decode_row(seal(body)));
}

TEST(LedgerRow, another_format_is_refused_by_its_number) {
  std::string body = body_of(encode_row(usual_row()));
  body[0] = 2;
  const auto back = decode_row(seal(body));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(back.error().message, "a journal row has format 2; this opt-data reads format 1");
}

}  // namespace
}  // namespace opt_data::store
