// The disk of a simulated day: real files in a directory in memory, syncs counted instead of
// performed, faults where the scenario wants them, and a look at what is published after every
// operation.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/scenario.h"
#include "store/disk.h"

namespace opt_data::app {

// What is known of the disk over all processes of a day.
class DiskWatch {
 public:
  explicit DiskWatch(std::vector<sim::DiskFault> faults) : faults_(std::move(faults)) {}

  std::int64_t operations() const { return operations_; }
  std::int64_t syncs() const { return syncs_; }
  const std::vector<std::string>& violations() const { return violations_; }
  bool met_a_fault() const { return met_a_fault_; }

  // Published files that cannot be opened, renames of what was not synced, directories whose
  // renames were never synced: a power cut would lose what was reported as kept.
  void finish();

 private:
  friend class SimulatedDisk;
  enum class Operation : std::uint8_t { write, sync, rename, remove };
  enum class Fate : std::uint8_t { done, refused, crash_before, crash_after };

  Fate next(Operation operation);
  void renamed(const store::Path& from, const store::Path& to);
  void exchanged(const store::Path& one, const store::Path& other);
  void follow(const store::Path& directory);  // What lies there now is what is to be looked at.
  void look_at(const store::Path& directory);
  void violate(std::string sentence);

  struct Seen {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed = 0;
  };
  std::vector<sim::DiskFault> faults_;
  std::int64_t operations_ = 0;
  std::int64_t syncs_ = 0;
  bool met_a_fault_ = false;
  std::set<store::Path> synced_;    // Staged files whose bytes are safe.
  std::set<store::Path> unsynced_;  // Directories with a rename that is not safe yet.
  std::map<store::Path, std::map<store::Path, Seen>> published_;  // By directory.
  std::vector<std::string> violations_;
};

class SimulatedDisk : public store::RealDisk {
 public:
  // `gone` tells whether the process is dead; `die` kills it. `watch` outlives the disk.
  SimulatedDisk(DiskWatch& watch, std::function<bool()> gone, std::function<void()> die)
      : watch_(watch), gone_(std::move(gone)), die_(std::move(die)) {
    // What an earlier process renamed, the machine has written by itself since.
    watch_.unsynced_.clear();
  }

  Result<void> write(const store::Path& file, std::string_view bytes) override;
  Result<void> sync(const store::Path& file) override;
  Result<void> sync_directory(const store::Path& directory) override;
  Result<void> rename(const store::Path& from, const store::Path& to) override;
  Result<void> exchange(const store::Path& one, const store::Path& other) override;
  Result<void> remove(const store::Path& file) override;

 private:
  template <typename Done>
  Result<void> act(DiskWatch::Operation operation, const store::Path& path, Done done);

  DiskWatch& watch_;
  std::function<bool()> gone_;
  std::function<void()> die_;
};

}  // namespace opt_data::app
