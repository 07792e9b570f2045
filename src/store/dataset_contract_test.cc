// The page that tells readers what is in the files, against the code that writes them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "market/quote.h"
#include "store/disk.h"
#include "store/schema.h"

namespace opt_data::store {
namespace {

class DataContract : public testing::Test {
 protected:
  // What stands under a heading, up to the next one.
  static std::string_view section(std::string_view heading) {
    static const std::string page =
        RealDisk{}.read(Path(OPT_DATA_SOURCE_DIR) / "docs/data-contract.md").value();
    const std::string line = fmt::format("\n{}\n", heading);
    const std::size_t begin = page.find(line);
    if (begin == std::string::npos) {
      ADD_FAILURE() << "no heading '" << heading << "'";
      return "";
    }
    const std::string_view rest = std::string_view(page).substr(begin + line.size());
    return rest.substr(0, rest.find("\n#"));
  }

  // The cells of a table, without its two lines of heading.
  static std::vector<std::vector<std::string>> table(std::string_view text) {
    std::vector<std::vector<std::string>> rows;
    for (const std::string_view line : split(text, '\n')) {
      if (!line.starts_with("| ") && !line.starts_with("|-")) continue;
      auto& row = rows.emplace_back();
      for (const std::string_view cell : split(line.substr(1, line.size() - 2), '|'))
        row.emplace_back(trim(cell));
    }
    if (rows.size() >= 2) rows.erase(rows.begin(), rows.begin() + 2);
    return rows;
  }

  static std::string code(std::string_view word) { return fmt::format("`{}`", word); }

  static void expect_table(std::string_view heading, std::span<const Column> columns) {
    SCOPED_TRACE(heading);
    std::vector<std::vector<std::string>> expected;
    for (const Column& column : columns)
      expected.push_back(
          {code(column.name), std::string(column.type), column.required ? "no" : "yes",
           std::string(column.meaning)});
    EXPECT_EQ(table(section(heading)), expected);
  }
};

TEST_F(DataContract, has_every_column_with_its_type_and_meaning) {
  expect_table("### `intraday`", columns(View::intraday));
  expect_table("### `daily_clean`", columns(View::daily_clean));
  expect_table(
      "### `daily_adjusted`",
      columns(View::daily_adjusted).subspan(columns(View::daily_clean).size()));
  expect_table("### `enrichment`", columns(View::enrichment));
}

TEST_F(DataContract, says_what_the_raw_layer_leaves_out) {
  std::vector<std::string> derived;
  for (const Column& column : columns(View::intraday))
    if (std::ranges::find(raw_columns(), column.name, &Column::name) == raw_columns().end())
      derived.push_back(code(column.name));
  EXPECT_EQ(raw_columns().size() + derived.size(), columns(View::intraday).size());
  EXPECT_NE(
      section("### `intraday`").find("those that are derived: " + join(derived, ", ") + "."),
      std::string::npos);
}

TEST_F(DataContract, has_the_key_and_order_of_every_view) {
  const auto rows = table(section("## Views"));
  ASSERT_EQ(rows.size(), 4u);
  const auto listed = [](const std::vector<std::string_view>& names) {
    std::vector<std::string> words;
    for (const std::string_view name : names) words.push_back(code(name));
    return join(words, ", ");
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto view = static_cast<View>(i);
    EXPECT_EQ(rows[i].at(0), code(to_text(view)));
    EXPECT_EQ(rows[i].at(2), listed(key(view)));
    EXPECT_EQ(rows[i].at(3), listed(order(view)));
  }
}

TEST_F(DataContract, has_every_flag_in_order) {
  const auto rows = table(section("## Flags"));
  ASSERT_EQ(rows.size(), flag_count);
  for (std::uint32_t i = 0; i < flag_count; ++i)
    EXPECT_EQ(rows[i].at(0), code(to_text(static_cast<QualityFlag>(1U << i))));
}

TEST_F(DataContract, has_the_schema_version) {
  EXPECT_NE(
      section("## Versions").find(fmt::format("This page is `schema_version` {}.", schema_version)),
      std::string::npos);
}

TEST(Schema, names_a_column_once_and_requires_every_key) {
  for (const View view :
       {View::intraday, View::daily_clean, View::daily_adjusted, View::enrichment}) {
    const std::span<const Column> all = columns(view);
    for (const Column& column : all)
      EXPECT_EQ(std::ranges::count(all, column.name, &Column::name), 1) << column.name;
    for (const auto& names : {key(view), order(view)}) {
      for (const std::string_view name : names) {
        const auto column = std::ranges::find(all, name, &Column::name);
        ASSERT_NE(column, all.end()) << name;
        EXPECT_TRUE(column->required) << name;
      }
    }
  }
}

}  // namespace
}  // namespace opt_data::store
