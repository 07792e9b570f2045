// A day of a synthetic universe on disk, as a collector leaves it: every slot published, every
// expected set in the ledger, and next morning's open interest.
//
// All of it goes when the object does. Making rows takes memory, so whatever makes some does it in
// a process of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "store/compaction.h"
#include "store/dataset.h"
#include "store/ledger.h"
#include "universe.h"

namespace opt_data::bench {

// A reader and a writer over one database of one thread, as each job of the program has them.
struct Session {
  explicit Session(const std::filesystem::path& folder);

  store::DatasetPaths paths;
  store::RealDisk disk;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::DatasetReader> reader;
  std::unique_ptr<store::DatasetWriter> writer;

  // Runs a COPY, or anything else that answers with a count of rows.
  std::int64_t run(const std::string& sql, const std::vector<store::Value>& parameters = {});
};

class BenchDay {
 public:
  explicit BenchDay(const UniverseOptions& options);
  ~BenchDay();
  BenchDay(const BenchDay&) = delete;
  BenchDay& operator=(const BenchDay&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  const SlotGrid& grid() const { return grid_; }
  const std::vector<std::string>& symbols() const { return symbols_; }
  std::filesystem::path file(int slot) const;
  std::unique_ptr<store::Ledger> ledger() const;

  void publish_slots();     // And expects them.
  void publish_interest();  // Of every contract of the closing slot.
  void remove_daily_views();
  store::Compacted compact();
  std::int64_t bytes() const;  // Of the slots, or of what they were compacted into.

 private:
  std::filesystem::path folder_;
  UniverseOptions options_;
  SlotGrid grid_ = bench_slots();
  std::vector<std::string> symbols_;
};

}  // namespace opt_data::bench
