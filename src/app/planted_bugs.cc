#include "app/planted_bugs.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"

namespace opt_data::app {
namespace {

using store::Path;

constexpr std::array<std::string_view, 11> bug_words = {
    "none",           "dropped_row",   "doubled_row",    "foreign_value",   "earlier_value",
    "forgotten_flag", "extra_message", "extra_question", "unsynced_rename", "torn_file",
    "lenient_verdict"};

class BuggyWriter : public store::DatasetWriter {
 public:
  BuggyWriter(PlantedBug bug, std::unique_ptr<store::DatasetWriter> writer)
      : bug_(bug), writer_(std::move(writer)) {}

  Result<store::Published> publish(
      const store::Partition& where, const store::Rows& rows) override {
    const auto* quotes = std::get_if<std::span<const OptionQuote>>(&rows);
    if (quotes == nullptr || where.slot.value_or(0) % 4 != 2) return writer_->publish(where, rows);
    std::vector<OptionQuote> wrong(quotes->begin(), quotes->end());
    spoil(wrong);
    return writer_->publish(where, std::span<const OptionQuote>(wrong));
  }

 private:
  void spoil(std::vector<OptionQuote>& rows) {
    if (rows.size() < 2) return;
    if (bug_ == PlantedBug::dropped_row) rows.pop_back();
    if (bug_ == PlantedBug::doubled_row) rows.push_back(rows.front());
    if (bug_ == PlantedBug::foreign_value) std::swap(rows[0].quote.bid, rows[1].quote.bid);
    if (bug_ == PlantedBug::earlier_value) {
      if (const auto ask = std::exchange(ask_, rows[0].quote.ask)) rows[0].quote.ask = ask;
    }
    if (bug_ == PlantedBug::forgotten_flag)
      for (OptionQuote& row : rows) row.flags.clear(QualityFlag::missing_greeks);
  }

  PlantedBug bug_;
  std::unique_ptr<store::DatasetWriter> writer_;
  std::optional<double> ask_;
};

class BuggyDisk : public store::Disk {
 public:
  BuggyDisk(PlantedBug bug, std::unique_ptr<store::Disk> disk)
      : bug_(bug), disk_(std::move(disk)) {}

  Result<void> make_directories(const Path& path) override { return disk_->make_directories(path); }
  Result<std::string> read(const Path& path) override { return disk_->read(path); }
  Result<void> write(const Path& path, std::string_view bytes) override {
    return disk_->write(path, bytes);
  }
  Result<void> sync(const Path& path) override {
    if (bug_ == PlantedBug::unsynced_rename) return {};
    return disk_->sync(path);
  }
  Result<void> sync_directory(const Path& path) override { return disk_->sync_directory(path); }
  Result<void> rename(const Path& from, const Path& to) override {
    if (bug_ != PlantedBug::torn_file || to.extension() != ".parquet")
      return disk_->rename(from, to);
    OPT_TRY(const std::string bytes, disk_->read(from));
    OPT_TRY_VOID(disk_->write(to, std::string_view(bytes).substr(0, bytes.size() / 2)));
    OPT_TRY_VOID(disk_->write(to, bytes));
    return disk_->remove(from);
  }
  Result<void> exchange(const Path& one, const Path& other) override {
    return disk_->exchange(one, other);
  }
  Result<void> remove(const Path& path) override { return disk_->remove(path); }
  Result<void> remove_directory(const Path& path) override { return disk_->remove_directory(path); }
  bool exists(const Path& path) override { return disk_->exists(path); }
  std::optional<store::FileStamp> stamp(const Path& path) override { return disk_->stamp(path); }
  Result<std::vector<Path>> list(const Path& path) override { return disk_->list(path); }
  Result<std::uintmax_t> free_bytes(const Path& path) override { return disk_->free_bytes(path); }

 private:
  PlantedBug bug_;
  std::unique_ptr<store::Disk> disk_;
};

void add_one(ConfigValue& value) { value = std::get<std::int64_t>(value) + 1; }

}  // namespace

std::string_view to_text(PlantedBug bug) { return bug_words[static_cast<std::size_t>(bug)]; }

Result<PlantedBug> parse_planted_bug(std::string_view text) {
  const auto found = std::ranges::find(bug_words, text);
  if (found == bug_words.end())
    return fail(
        ErrorKind::invalid_input, "'{}' is not a planted bug; there are {}", text,
        join({bug_words.begin() + 1, bug_words.end()}, ", "));
  return static_cast<PlantedBug>(found - bug_words.begin());
}

std::vector<PlantedBug> planted_bugs() {
  std::vector<PlantedBug> bugs;
  for (std::size_t i = 1; i < bug_words.size(); ++i) bugs.push_back(static_cast<PlantedBug>(i));
  return bugs;
}

void plant(PlantedBug bug, std::map<std::string, ConfigValue>& values) {
  if (bug == PlantedBug::extra_message) add_one(values.at("pacing.messages_per_second"));
  if (bug == PlantedBug::extra_question) add_one(values.at("pacing.in_flight"));
  if (bug == PlantedBug::lenient_verdict) values["qa.slot_coverage_threshold"] = 0.45;
}

std::unique_ptr<store::DatasetWriter> plant(
    PlantedBug bug, std::unique_ptr<store::DatasetWriter> writer) {
  if (bug < PlantedBug::dropped_row || bug > PlantedBug::forgotten_flag) return writer;
  return std::make_unique<BuggyWriter>(bug, std::move(writer));
}

std::unique_ptr<store::Disk> plant(PlantedBug bug, std::unique_ptr<store::Disk> disk) {
  if (bug != PlantedBug::unsynced_rename && bug != PlantedBug::torn_file) return disk;
  return std::make_unique<BuggyDisk>(bug, std::move(disk));
}

}  // namespace opt_data::app
