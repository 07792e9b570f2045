#include "observe/run.h"

#include <gtest/gtest.h>

#include "observe/observe_fixture.h"

namespace opt_data::observe {
namespace {

TEST(Redaction, masks_account_numbers_of_every_form) {
  for (const std::string account :
       {"DU1234567", "U1234567", "U12345678", "F1234567", "DF1234567", "DUM123456", "u1234567",
        "du1234567", "DU12345", "U123456"}) {
    EXPECT_EQ(redact_accounts(account), "[account]");
    EXPECT_EQ(redact_accounts("of " + account + ", paper"), "of [account], paper");
    EXPECT_EQ(redact_accounts("/home/x_" + account + "/log"), "/home/x_[account]/log");
    EXPECT_EQ(redact_accounts(account + "," + account), "[account],[account]");
  }
}

TEST(Redaction, leaves_symbols_ids_and_days_alone) {
  for (const std::string text :
       {"F250620C00012000", "U250620P00030000", "U  250620C00030000", "AAPL", "U", "F", "DU", "",
        "U12345", "errors_20251006.log", "snapshot/2025-10-06/05", "f1234567", "conid 731512345",
        "0f1234567890abcd", "code 1100", "XU1234567", "SPXW251219P04000000"})
    EXPECT_EQ(redact_accounts(text), text);
}

TEST(Run, hides_what_it_was_told_to_hide_the_longest_first) {
  observe::Run run;
  run.hide("");
  run.hide("token");
  run.hide("token-of-the-server");
  Event event = event_of(Level::error, "alert_failed", "token-of-the-server, then token");
  event.file = "/var/token/x";
  const Event clean = run.redacted(event);
  EXPECT_EQ(clean.message, "[hidden], then [hidden]");
  EXPECT_EQ(clean.file, "/var/[hidden]/x");
  EXPECT_EQ(clean.code, "alert_failed");
}

TEST(Run, context_is_the_last_one_set) {
  observe::Run run;
  EXPECT_EQ(run.get().job, "");
  run.set(monday);
  run.set({"2025-10-07", "rollup/2025-10-07", "DU1234567"});
  EXPECT_EQ(run.get().trade_date, "2025-10-07");
  EXPECT_EQ(run.get().job, "rollup/2025-10-07");
  EXPECT_EQ(run.get().ingest_id, "[account]");
}

}  // namespace
}  // namespace opt_data::observe
