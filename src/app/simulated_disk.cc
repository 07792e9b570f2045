#include "app/simulated_disk.h"

#include <sys/stat.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

namespace opt_data::app {
namespace {

using sim::DiskTrouble;
using store::Path;

constexpr std::size_t disk_violations_max = 20;

bool is_published(const Path& file) {
  return file.extension() == ".parquet" && !file.filename().string().starts_with('.');
}

// Begins and ends with Parquet's mark, and its footer fits in: what a reader looks at first.
bool opens(const Path& file, std::int64_t size) {
  constexpr std::string_view mark = "PAR1";
  std::array<char, 4> head{};
  std::array<char, 8> tail{};
  std::ifstream in(file, std::ios::binary);
  if (size < 12 || !in.read(head.data(), head.size())) return false;
  in.seekg(size - static_cast<std::int64_t>(tail.size()));
  if (!in.read(tail.data(), tail.size())) return false;
  std::uint32_t footer = 0;
  std::memcpy(&footer, tail.data(), sizeof footer);
  return std::string_view(head.data(), 4) == mark && std::string_view(tail.data() + 4, 4) == mark &&
         footer > 0 && static_cast<std::int64_t>(footer) + 12 <= size;
}

}  // namespace

void DiskWatch::violate(std::string sentence) {
  if (violations_.size() < disk_violations_max) violations_.push_back(std::move(sentence));
}

DiskWatch::Fate DiskWatch::next(Operation operation) {
  const std::int64_t number = operations_++;
  for (sim::DiskFault& fault : faults_) {
    if (fault.times == 0 || number < fault.operation) continue;
    const bool syncs = operation == Operation::sync;
    if (fault.kind == DiskTrouble::sync_failed && !syncs) continue;
    if (fault.kind == DiskTrouble::no_space && operation != Operation::write) continue;
    met_a_fault_ = true;
    if (fault.kind == DiskTrouble::crash_before || fault.kind == DiskTrouble::crash_after) {
      fault.times = 0;
      return fault.kind == DiskTrouble::crash_before ? Fate::crash_before : Fate::crash_after;
    }
    --fault.times;
    return Fate::refused;
  }
  return Fate::done;
}

// Files that were written into a directory before it took another's place, or went out of the
// dataset.
void DiskWatch::follow(const Path& directory) {
  std::error_code error;
  auto& files = published_[directory];
  files.clear();
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    if (is_published(entry.path())) files.try_emplace(entry.path());
}

void DiskWatch::exchanged(const Path& one, const Path& other) {
  for (const Path& directory : {one, other}) {
    unsynced_.insert(directory.parent_path());
    follow(directory);
  }
  for (const auto& [file, seen] : published_[other])
    if (!synced_.contains(one / file.filename()))
      violate("exchanged before it was synced: " + file.string());
  // What made room is no part of the dataset any more.
  published_.erase(one);
}

void DiskWatch::renamed(const Path& from, const Path& to) {
  if (std::error_code error; std::filesystem::is_directory(to, error)) {
    unsynced_.insert({from.parent_path(), to.parent_path()});
    published_.erase(from);
    return;
  }
  if (!synced_.contains(from))
    violate("renamed before it was synced: " + from.string() + " to " + to.string());
  synced_.erase(from);
  unsynced_.insert(to.parent_path());
  if (is_published(to)) published_[to.parent_path()].try_emplace(to);
}

void DiskWatch::look_at(const Path& directory) {
  const auto files = published_.find(directory);
  if (files == published_.end()) return;
  for (auto& [file, seen] : files->second) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      violate("a published file is gone: " + file.string());
      continue;
    }
    const Seen now{
        status.st_ino, status.st_size,
        status.st_mtim.tv_sec * 1'000'000'000L + status.st_mtim.tv_nsec};
    if (now.inode == seen.inode && now.size == seen.size && now.changed == seen.changed) continue;
    if (seen.inode == now.inode) violate("a published file was changed: " + file.string());
    seen = now;
    if (!opens(file, now.size)) violate("a published file cannot be opened: " + file.string());
  }
}

void DiskWatch::finish() {
  for (const auto& [directory, files] : published_) look_at(directory);
  for (const Path& directory : unsynced_)
    violate("the renames in " + directory.string() + " were never synced");
}

template <typename Done>
Result<void> SimulatedDisk::act(DiskWatch::Operation operation, const Path& path, Done done) {
  const auto ended = [&] {
    return fail(ErrorKind::storage, "{}: the process was killed", path.string());
  };
  if (gone_()) return ended();
  const DiskWatch::Fate fate = watch_.next(operation);
  if (fate == DiskWatch::Fate::refused)
    return fail(
        ErrorKind::storage, "{}: {}", path.string(),
        operation == DiskWatch::Operation::sync ? "Input/output error" : "No space left on device");
  if (fate == DiskWatch::Fate::crash_before) {
    die_();
    return ended();
  }
  auto result = done();
  watch_.look_at(path.parent_path());
  if (fate != DiskWatch::Fate::crash_after) return result;
  die_();
  return ended();
}

Result<void> SimulatedDisk::write(const Path& file, std::string_view bytes) {
  return act(DiskWatch::Operation::write, file, [&] {
    watch_.synced_.erase(file);
    if (is_published(file)) watch_.published_[file.parent_path()].try_emplace(file);
    return RealDisk::write(file, bytes);
  });
}

Result<void> SimulatedDisk::sync(const Path& file) {
  return act(DiskWatch::Operation::sync, file, [&]() -> Result<void> {
    ++watch_.syncs_;
    watch_.synced_.insert(file);
    return {};
  });
}

Result<void> SimulatedDisk::sync_directory(const Path& directory) {
  return act(DiskWatch::Operation::sync, directory, [&]() -> Result<void> {
    ++watch_.syncs_;
    watch_.unsynced_.erase(directory);
    return {};
  });
}

Result<void> SimulatedDisk::rename(const Path& from, const Path& to) {
  return act(DiskWatch::Operation::rename, to, [&]() -> Result<void> {
    OPT_TRY_VOID(RealDisk::rename(from, to));
    watch_.renamed(from, to);
    return {};
  });
}

Result<void> SimulatedDisk::exchange(const Path& one, const Path& other) {
  return act(DiskWatch::Operation::rename, other, [&]() -> Result<void> {
    OPT_TRY_VOID(RealDisk::exchange(one, other));
    watch_.exchanged(one, other);
    return {};
  });
}

Result<void> SimulatedDisk::remove(const Path& file) {
  return act(DiskWatch::Operation::remove, file, [&] {
    watch_.synced_.erase(file);
    return RealDisk::remove(file);
  });
}

}  // namespace opt_data::app
