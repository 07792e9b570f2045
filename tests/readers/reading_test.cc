// docs/reading.md, run: every block of the page, over a day in slots and a day that was compacted,
// and what each reader says against what the database of the program says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "../e2e/dataset.h"
#include "../e2e/program.h"
#include "base/text.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

struct Block {
  std::string language;
  std::string text;
};

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> blocks;
  const std::string text = read_file(fs::path(OPT_DATA_SOURCE_DIR) / page);
  bool inside = false;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.push_back({std::string(line.substr(3)), ""});
    } else if (inside) {
      blocks.back().text += fmt::format("{}\n", line);
    }
  }
  return blocks;
}

std::vector<Block> blocks_with(const std::string& page, const std::string& language) {
  std::vector<Block> found = blocks_of(page);
  std::erase_if(found, [&](const Block& block) { return block.language != language; });
  return found;
}

// Behind a block of Python: both tables as lines of text, whatever they are tables of.
constexpr const char* print_tables = R"py(
def rows_of(table):
    for name in ("fetchall", "rows", "collect"):
        if hasattr(table, name):
            return getattr(table, name)()
    return table.itertuples(index=False)

for table in (covered, flags):
    print("\n".join(sorted(" ".join(str(cell) for cell in row) for row in rows_of(table))))
)py";

constexpr const char* usable_rows = R"(
  SELECT concat_ws(' ', underlying, slot_30m, count(*),
    sum((market_data_type IS NOT NULL AND error_type IS NULL
         AND (bid IS NOT NULL OR ask IS NOT NULL OR last IS NOT NULL))::INTEGER))
  FROM intraday GROUP BY underlying, slot_30m ORDER BY 1)";
constexpr const char* flagged_rows = R"(
  SELECT concat_ws(' ', flag, count(*)) FROM daily_clean, unnest(data_quality_flag) AS list(flag)
  GROUP BY flag ORDER BY 1)";

class Reading : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDirectory>();
    const TemporaryDirectory other;
    make_day(dir_->path(), "2025-11-20");
    make_day(other.path(), "2025-11-21");
    ASSERT_EQ(run_verb(dir_->path(), {"compact"}).exit_code, 0);
    fs::copy(
        other.path() / "data", dir_->path() / "data",
        fs::copy_options::recursive | fs::copy_options::skip_existing);
  }
  static void TearDownTestSuite() { dir_.reset(); }
  static void make_day(const fs::path& dir, const std::string& date) {
    const Finished run = run_demo(
        dir, {"--market", "synthetic", "--symbols", "AAPL,MSFT", "--date", date, "--seed", "5",
              "--shipped-filters"});
    ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  }

  // The same two questions in other words.
  static std::vector<std::string> expected() {
    Dataset data(dir_->path());
    std::vector<std::string> lines = data.texts(usable_rows);
    EXPECT_EQ(lines.size(), 28u);
    const std::vector<std::string> flags = data.texts(flagged_rows);
    EXPECT_FALSE(flags.empty());
    lines.insert(lines.end(), flags.begin(), flags.end());
    return lines;
  }

  // In the folder that has data/, with the program on the path.
  static Finished shell(const std::string& script) {
    const fs::path file = dir_->path() / "script.sh";
    std::ofstream(file) << script;
    const std::string path =
        fs::path(OPT_DATA_PROGRAM).parent_path().string() + ":" + std::getenv("PATH");
    return run_program(
        {{"-c", fmt::format("cd '{}' && . ./script.sh", dir_->path().string())},
         "/bin/sh",
         {{"PATH", path}}});
  }

  static std::string python() {
    const char* named = std::getenv("OPT_DATA_PYTHON");
    return named == nullptr ? "python3" : named;
  }

  // The block that imports `module`, where there is such a module.
  static void expect_block(const std::string& module) {
    const std::vector<Block> blocks = blocks_with("docs/reading.md", "python");
    const auto block = std::ranges::find_if(blocks, [&](const Block& each) {
      return each.text.find("import " + module) != std::string::npos ||
             each.text.find("from " + module) != std::string::npos;
    });
    ASSERT_NE(block, blocks.end()) << "no block imports " << module;
    const bool arrow = module == "pandas";  // Which needs it to read Parquet.
    const Finished there =
        shell(fmt::format("{} -c 'import {}{}'", python(), module, arrow ? ", pyarrow" : ""));
    if (there.exit_code != 0)
      GTEST_SKIP() << python() << " has no " << module
                   << "; install it from PyPI, or name an interpreter in OPT_DATA_PYTHON";
    std::ofstream(dir_->path() / "block.py") << block->text << print_tables;
    const Finished run = shell(python() + " block.py");
    ASSERT_EQ(run.exit_code, 0) << run.err << block->text;
    EXPECT_EQ(lines_of(run.out), expected());
  }

  static std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (const std::string_view line : split(trim(text), '\n')) lines.emplace_back(trim(line));
    return lines;
  }

  static std::unique_ptr<TemporaryDirectory> dir_;
};
std::unique_ptr<TemporaryDirectory> Reading::dir_;

TEST_F(Reading, the_dataset_has_a_day_in_slots_and_a_compacted_one) {
  const fs::path view = dir_->path() / "data/clean/ib/chain/view=intraday";
  EXPECT_TRUE(fs::exists(view / "date=2025-11-20/range-0.parquet"));
  EXPECT_TRUE(fs::exists(view / "date=2025-11-21/slot-13.parquet"));
}

TEST_F(Reading, both_blocks_of_sql_give_what_the_program_has) {
  Dataset data(dir_->path());
  std::vector<std::string> said;
  const auto blocks = blocks_with("docs/reading.md", "sql");
  ASSERT_EQ(blocks.size(), 2u);
  for (const Block& block : blocks) {
    std::string sql = block.text.substr(0, block.text.find(';'));
    const std::size_t at = sql.find("'data/");
    ASSERT_NE(at, std::string::npos);
    sql.insert(at + 1, dir_->path().string() + "/");
    const auto lines =
        data.texts(fmt::format("SELECT concat_ws(' ', *COLUMNS(*)) FROM ({}) ORDER BY 1", sql));
    said.insert(said.end(), lines.begin(), lines.end());
  }
  EXPECT_EQ(said, expected());
}

TEST_F(Reading, duckdb_in_python) { expect_block("duckdb"); }
TEST_F(Reading, pandas) { expect_block("pandas"); }
TEST_F(Reading, polars) { expect_block("polars"); }
TEST_F(Reading, spark) { expect_block("pyspark"); }

TEST_F(Reading, commands_of_the_shell) {
  const auto blocks = blocks_with("docs/reading.md", "sh");
  ASSERT_EQ(blocks.size(), 3u);
  std::string skipped;
  for (const Block& block : blocks) {
    if (block.text.starts_with("duckdb") && shell("command -v duckdb").exit_code != 0) {
      skipped = "there is no duckdb to run on the command line";
      continue;
    }
    const Finished run = shell(block.text);
    EXPECT_EQ(run.exit_code, 0) << block.text << run.err << run.out;
    const bool lists_slots = block.text.find("slot_30m") != std::string::npos;
    EXPECT_GE(lines_of(run.out).size(), lists_slots ? 29u : 1u) << run.out;
  }
  if (!skipped.empty()) GTEST_SKIP() << skipped;
}

TEST(ReadingPage, has_no_block_that_no_test_runs) {
  for (const Block& block : blocks_of("docs/reading.md"))
    EXPECT_TRUE(block.language == "sh" || block.language == "sql" || block.language == "python")
        << block.text;
  EXPECT_EQ(blocks_with("docs/reading.md", "python").size(), 4u);
}

// The README shows a block of each as well.
TEST_F(Reading, the_blocks_of_the_readme_run) {
  Dataset data(dir_->path());
  const auto sql = blocks_with("README.md", "sql");
  ASSERT_EQ(sql.size(), 1u);
  std::string text = sql[0].text.substr(0, sql[0].text.find(';'));
  text.insert(text.find("'data/") + 1, dir_->path().string() + "/");
  EXPECT_GT(data.count("SELECT count(*) FROM (" + text + ")"), 0);
  const auto python_blocks = blocks_with("README.md", "python");
  ASSERT_EQ(python_blocks.size(), 1u);
  if (shell(python() + " -c 'import pandas, pyarrow'").exit_code != 0)
    GTEST_SKIP() << python() << " has no pandas with pyarrow";
  std::ofstream(dir_->path() / "readme.py") << python_blocks[0].text << "print(covered.sum())\n";
  const Finished run = shell(python() + " readme.py");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_GT(parse_int(trim(run.out)).value_or(0), 0) << run.out;
}

}  // namespace
}  // namespace opt_data::e2e
