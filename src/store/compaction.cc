#include "store/compaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "store/duckdb_handles.h"
#include "store/parquet_file.h"

namespace opt_data::store {
namespace {

std::string day_text(Layer layer, TradeDate date) {
  return fmt::format("{} view=intraday/date={}", to_text(layer), date.text());
}

struct Chain {
  std::string expiry;
  std::int64_t rows = 0;
};

struct Symbol {
  std::string name;
  std::vector<Chain> chains;  // By expiry.
  std::int64_t rows = 0;
};

std::string in_order(const std::string& day, const std::string& condition) {
  std::vector<std::string> by;
  for (const std::string_view name : order(View::intraday)) by.push_back(sql_identifier(name));
  return fmt::format(
      "SELECT * FROM {} WHERE {} ORDER BY {}, sample_time", day, condition, join(by, ", "));
}

// Neighbouring symbols together while they are few rows, a large one expiry by expiry.
std::vector<std::string> pieces_of(
    const std::string& day, std::span<const Symbol> symbols, std::int64_t rows_max) {
  std::vector<std::string> pieces;
  for (std::size_t first = 0; first < symbols.size();) {
    std::size_t end = first + 1;
    std::int64_t rows = symbols[first].rows;
    while (end < symbols.size() && rows + symbols[end].rows <= rows_max)
      rows += symbols[end++].rows;
    const std::string condition = fmt::format(
        "underlying BETWEEN {} AND {}", sql_text(symbols[first].name),
        sql_text(symbols[end - 1].name));
    if (rows <= rows_max) pieces.push_back(in_order(day, condition));
    const std::vector<Chain>& chains = symbols[first].chains;
    for (std::size_t from = 0; rows > rows_max && from < chains.size();) {
      std::size_t to = from + 1;
      std::int64_t some = chains[from].rows;
      while (to < chains.size() && some + chains[to].rows <= rows_max) some += chains[to++].rows;
      pieces.push_back(in_order(
          day, fmt::format(
                   "{} AND expiry BETWEEN DATE '{}' AND DATE '{}'", condition, chains[from].expiry,
                   chains[to - 1].expiry)));
      from = to;
    }
    first = end;
  }
  return pieces;
}

// What a day has of each slot, when these files are all of it.
void add_slots(std::map<int, RowsContent>& slots, const FileContent& content) {
  for (const auto& [slot, rows] : content.slots) slots[slot] = together(slots[slot], rows);
}

std::int64_t size_of(Disk& disk, const Path& file) {
  const auto stamp = disk.stamp(file);
  return stamp ? stamp->size : 0;
}

}  // namespace

Result<Compactor::Standing> Compactor::read_day(Layer layer, TradeDate date) {
  Standing standing;
  OPT_TRY(standing.files, day_files(paths_, disk_, layer, View::intraday, date));
  standing.summary.day = day_text(layer, date);
  standing.summary.files_before = static_cast<int>(standing.files.files.size());
  if (!standing.files.others.empty())
    return fail(
        ErrorKind::refused,
        "{} is not of this dataset, and would go with the files that are replaced; move it away",
        standing.files.others.front().string());
  for (const DataFile& file : standing.files.files) {
    if (file.where.range.has_value() != standing.files.compacted())
      return fail(
          ErrorKind::corrupt, "{} holds slots and ranges, and so rows twice; see `opt-data verify`",
          file.path.parent_path().string());
    auto content =
        read_through(database_, file.path, disk_.stamp(file.path), file.where, Origin::found);
    if (!content && content.error().kind == ErrorKind::invalid_input)
      return fail(ErrorKind::corrupt, "{}: {}", file.path.string(), content.error().message);
    if (!content) return fail(std::move(content).error());
    add_slots(standing.slots, *content);
    standing.summary.rows += content->rows;
    standing.summary.bytes_before += size_of(disk_, file.path);
  }
  return standing;
}

// A damaged day must not be made to look like a whole one.
Result<void> Compactor::check_records(const Standing& standing, TradeDate date) const {
  OPT_TRY(const auto records, ledger_.published(date));
  std::map<std::string, RowsContent> published;
  for (const PublishedRecord& record : records)
    published.emplace(record.partition, RowsContent{record.rows, record.checksum});
  for (const DataFile& file : standing.files.files) {
    const auto known = published.find(file.where.text());
    if (known == published.end() || !file.where.slot) continue;
    const auto found = standing.slots.find(*file.where.slot);
    const RowsContent rows = found == standing.slots.end() ? RowsContent{} : found->second;
    if (rows.rows != known->second.rows || (rows.rows > 0 && rows != known->second))
      return fail(
          ErrorKind::corrupt,
          "{} is not what was published ({} rows then, {} now); see `opt-data verify`",
          file.path.string(), known->second.rows, rows.rows);
  }
  return {};
}

// With the columns of today, whichever version its files are of.
Result<std::string> Compactor::rows_of_day(const Standing& standing, Layer layer) {
  const std::vector<Path> paths = standing.files.paths();
  OPT_TRY(
      const std::vector<int> versions,
      check_footers(database_, disk_, paths, layer, View::intraday));
  return rows_of(paths, versions, columns_of(*database_.handles().schema, layer, View::intraday));
}

Result<std::vector<Compactor::NewFile>> Compactor::ranges(
    const Standing& standing, Layer layer, TradeDate date, const CompactionOptions& options) {
  OPT_TRY(const std::string day, rows_of_day(standing, layer));
  OPT_TRY(
      const Table table, database_.query(fmt::format(
                             "SELECT underlying, strftime(expiry, '%Y-%m-%d'), count(*) FROM {} "
                             "GROUP BY underlying, expiry ORDER BY underlying, expiry",
                             day)));
  std::vector<Symbol> symbols;
  for (const auto& row : table.rows) {
    const std::string& name = std::get<std::string>(row[0]);
    if (symbols.empty() || symbols.back().name != name) symbols.push_back({name, {}, 0});
    symbols.back().chains.push_back(
        {std::get<std::string>(row[1]), std::get<std::int64_t>(row[2])});
    symbols.back().rows += symbols.back().chains.back().rows;
  }
  const std::int64_t row_bytes = std::max<std::int64_t>(
      1, standing.summary.bytes_before / std::max<std::int64_t>(1, standing.summary.rows));
  const std::int64_t rows_max = std::max<std::int64_t>(1, options.file_bytes / row_bytes);
  std::vector<NewFile> files;
  for (std::size_t first = 0; first < symbols.size();) {
    std::size_t end = first + 1;
    std::int64_t rows = symbols[first].rows;
    while (end < symbols.size() && rows + symbols[end].rows <= rows_max)
      rows += symbols[end++].rows;
    Partition where{layer, View::intraday, date, std::nullopt};
    where.range = static_cast<int>(files.size());
    files.push_back(
        {where,
         pieces_of(day, std::span(symbols).subspan(first, end - first), options.sorted_rows_max)});
    first = end;
  }
  return files;
}

// What a run that died left. Its exchange may not be on the disk yet, and without that what is
// removed here would be the only day there is.
Result<void> Compactor::clear(Layer layer, TradeDate date) {
  const Path staged = aside_directory(paths_, Aside::compacting, layer, View::intraday, date);
  if (!disk_.exists(staged)) return {};
  OPT_TRY_VOID(disk_.sync_directory(view_directory(paths_, layer, View::intraday)));
  OPT_TRY_VOID(disk_.sync_directory(staged.parent_path()));
  return remove_tree(disk_, staged);
}

Result<std::int64_t> Compactor::write(const NewFile& file, const Path& path, const Codec& codec) {
  const Schema& schema = *database_.handles().schema;
  const auto copy = [&](const std::string& select, const Path& to, const Codec& packed) {
    return run_with_feed(
        database_, nullptr, {copy_to(schema, select, to, file.where, packed), {}, true});
  };
  if (file.pieces.size() == 1) return copy(file.pieces.front(), path, codec);
  std::vector<Path> pieces;
  for (const std::string& select : file.pieces) {
    Path piece = path;
    piece += fmt::format(".{}", pieces.size());
    pieces.push_back(piece);
    OPT_TRY_VOID(copy(select, piece, Codec{"snappy", 0}));
  }
  OPT_TRY(const std::int64_t rows, copy("SELECT * FROM " + read_parquet(pieces), path, codec));
  for (const Path& piece : pieces) OPT_TRY_VOID(disk_.remove(piece));
  return rows;
}

Result<void> Compactor::stage(
    const Standing& standing, const std::vector<NewFile>& files, const Path& staged,
    const Codec& codec, Instant now, std::vector<PublishedRecord>& records) {
  OPT_TRY_VOID(disk_.make_directories(staged));
  std::map<int, RowsContent> slots;
  for (const NewFile& file : files) {
    const Path path = staged / file_of(paths_, file.where).filename();
    OPT_TRY(const std::int64_t written, write(file, path, codec));
    database_.handles().known_files.forget(path);
    OPT_TRY(
        const FileContent content,
        read_through(database_, path, disk_.stamp(path), file.where, Origin::ours));
    if (content.rows != written)
      return fail(ErrorKind::storage, "staged {} rows, read back {}", written, content.rows);
    add_slots(slots, content);
    records.push_back({file.where.text(), content.rows, content.checksum, now});
    OPT_TRY_VOID(disk_.sync(path));
  }
  if (slots != standing.slots)
    return fail(ErrorKind::corrupt, "the new files do not hold what the old ones do");
  return disk_.sync_directory(staged);
}

Result<std::vector<PublishedRecord>> Compactor::replace(
    Standing& standing, const std::vector<NewFile>& files, Layer layer, TradeDate date,
    const Codec& codec, Instant now) {
  const Path day = day_directory(paths_, layer, View::intraday, date);
  const Path staged = aside_directory(paths_, Aside::compacting, layer, View::intraday, date);
  OPT_TRY_VOID(clear(layer, date));
  std::vector<PublishedRecord> records;
  Result<void> done = stage(standing, files, staged, codec, now, records);
  if (done) done = disk_.exchange(staged, day);
  if (!done) {
    static_cast<void>(remove_tree(disk_, staged));  // The next run clears what is left.
    return fail_within(
        std::move(done).error(), "cannot replace the files of {}, which stand as they were",
        standing.summary.day);
  }
  for (const Path& file : standing.files.paths()) database_.handles().known_files.forget(file);
  // Only now the old files may go: before this, a power cut could bring them back to their place.
  for (const Path& parent : {day.parent_path(), staged.parent_path()})
    OPT_TRY_VOID(disk_.sync_directory(parent));
  standing.summary.files_after = static_cast<int>(files.size());
  for (const NewFile& file : files)
    standing.summary.bytes_after += size_of(disk_, file_of(paths_, file.where));
  return records;
}

// A run that died after its exchange has told nobody.
Result<void> Compactor::record_ranges(const DayFiles& files, TradeDate date, Instant now) {
  OPT_TRY(const auto records, ledger_.published(date));
  std::set<std::string> known;
  for (const PublishedRecord& record : records) known.insert(record.partition);
  for (const DataFile& file : files.files) {
    if (known.contains(file.where.text())) continue;
    OPT_TRY(
        const FileContent content,
        read_through(database_, file.path, disk_.stamp(file.path), file.where, Origin::found));
    OPT_TRY_VOID(
        ledger_.record_published({file.where.text(), content.rows, content.checksum, now}));
  }
  return {};
}

Result<void> Compactor::forget_ranges(Layer layer, TradeDate date, Instant now) {
  OPT_TRY(const auto records, ledger_.published(date));
  const std::string head = day_text(layer, date) + "/range-";
  std::vector<std::string> gone;
  for (const PublishedRecord& record : records)
    if (record.partition.starts_with(head)) gone.push_back(record.partition);
  if (gone.empty()) return {};
  return ledger_.record_removed(gone, "compaction", now);
}

Result<Compacted> Compactor::compact(
    Layer layer, TradeDate date, const CompactionOptions& options, Instant now, bool dry_run) {
  OPT_TRY(Standing standing, read_day(layer, date));
  if (standing.files.compacted() || standing.files.files.empty()) {
    standing.summary.already = true;
    standing.summary.files_after = standing.summary.files_before;
    standing.summary.bytes_after = standing.summary.bytes_before;
    if (dry_run) return standing.summary;
    OPT_TRY_VOID(record_ranges(standing.files, date, now));
    OPT_TRY_VOID(clear(layer, date));
    return standing.summary;
  }
  OPT_TRY_VOID(check_records(standing, date));
  OPT_TRY(const auto files, ranges(standing, layer, date, options));
  standing.summary.files_after = static_cast<int>(files.size());
  if (dry_run) return standing.summary;
  OPT_TRY(const auto records, replace(standing, files, layer, date, options.codec, now));
  for (const PublishedRecord& record : records) OPT_TRY_VOID(ledger_.record_published(record));
  OPT_TRY_VOID(clear(layer, date));
  return standing.summary;
}

Result<Compacted> Compactor::undo(
    Layer layer, TradeDate date, const Codec& codec, Instant now, bool dry_run) {
  OPT_TRY(Standing standing, read_day(layer, date));
  standing.summary.files_after = standing.summary.files_before;
  standing.summary.already = !standing.files.compacted();
  if (standing.summary.already) {
    standing.summary.bytes_after = standing.summary.bytes_before;
  } else {
    std::vector<NewFile> files;
    OPT_TRY(const std::string day, rows_of_day(standing, layer));
    for (const auto& [slot, rows] : standing.slots) {
      const Partition where{layer, View::intraday, date, static_cast<std::uint8_t>(slot)};
      // Of neighbouring underlyings and in their order already.
      files.push_back({where, {fmt::format("SELECT * FROM {} WHERE slot_30m = {}", day, slot)}});
    }
    standing.summary.files_after = static_cast<int>(files.size());
    if (dry_run) return standing.summary;
    OPT_TRY(const auto records, replace(standing, files, layer, date, codec, now));
    for (const PublishedRecord& record : records) OPT_TRY_VOID(ledger_.record_published(record));
  }
  if (dry_run) return standing.summary;
  OPT_TRY_VOID(forget_ranges(layer, date, now));
  OPT_TRY_VOID(clear(layer, date));
  return standing.summary;
}

}  // namespace opt_data::store
