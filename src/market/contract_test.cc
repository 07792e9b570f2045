#include "market/contract.h"

#include <gtest/gtest.h>

namespace opt_data {
namespace {

using namespace std::chrono;

TEST(Strike, is_exact_in_thousandths) {
  EXPECT_EQ(Strike::from_usd(70.71).mills, 70'710);
  EXPECT_EQ(Strike::from_usd(0.1 + 0.2), Strike{300});
  EXPECT_DOUBLE_EQ(Strike{92'143}.usd(), 92.143);
}

TEST(OptionContract, occ_symbol_has_21_characters) {
  OptionContract contract;
  contract.underlying = "AAPL";
  contract.trading_class = "AAPL";
  contract.expiry = 2024y / June / 21;
  contract.right = Right::call;
  contract.strike = Strike::from_usd(180);
  EXPECT_EQ(occ_symbol(contract), "AAPL  240621C00180000");
}

TEST(OptionContract, occ_symbol_of_what_does_not_fit_is_longer) {
  OptionContract contract;
  contract.trading_class = "LONGNAME";
  contract.expiry = 2009y / January / 2;
  contract.right = Right::put;
  contract.strike = {123'456'789};
  EXPECT_EQ(occ_symbol(contract), "LONGNAME090102P123456789");
  contract.strike = {5};
  EXPECT_EQ(occ_symbol(contract), "LONGNAME090102P00000005");
}

TEST(OptionContract, right_is_read_in_all_its_spellings) {
  EXPECT_EQ(parse_right("CALL").value(), Right::call);
  EXPECT_EQ(parse_right("p").value(), Right::put);
  EXPECT_EQ(parse_right("X").error().kind, ErrorKind::invalid_input);
}

TEST(Expiry, standard_monthly_was_a_saturday_before_2015) {
  EXPECT_TRUE(is_monthly_expiry(2014y / June / 21));     // Saturday
  EXPECT_TRUE(is_monthly_expiry(2015y / January / 17));  // the last one
  EXPECT_FALSE(is_monthly_expiry(2015y / June / 20));    // a Saturday after the change
  EXPECT_TRUE(is_monthly_expiry(2015y / April / 17));    // Friday
  EXPECT_FALSE(is_monthly_expiry(2015y / December / 31));
  EXPECT_TRUE(is_monthly_expiry(2025y / April / 17));  // Good Friday is the third one
}

}  // namespace
}  // namespace opt_data
