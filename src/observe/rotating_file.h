// A file that grows by lines and is put aside when it is full or its day is over:
//
//   opt-data.jsonl                 what is written now
//   opt-data.20251006-001.jsonl    put aside: the New York day of its first line, and a number
//
// Of those put aside the latest `files_max` stay, so the folder holds at most
// (files_max + 1) * bytes_max, and a line more. Processes may share the file: each line is appended
// in one write, and one of them puts the file aside while the others find the new one.
//
// What is no ordinary file (a pipe, /dev/stderr) is only written to.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "calendar/instant.h"

namespace opt_data::observe {

struct RotationOptions {
  std::int64_t bytes_max = 16 * 1024 * 1024;
  int files_max = 30;
};

class RotatingFile {
 public:
  // Makes its folder. Errors: storage, with the path and the reason.
  static Result<RotatingFile> open(std::filesystem::path file, RotationOptions options);
  ~RotatingFile();
  RotatingFile(RotatingFile&& other) noexcept;
  RotatingFile& operator=(RotatingFile&&) = delete;
  RotatingFile(const RotatingFile&) = delete;
  RotatingFile& operator=(const RotatingFile&) = delete;

  // Appends whole lines. Errors: storage.
  Result<void> append(std::string_view lines, Instant now);

 private:
  RotatingFile(std::filesystem::path file, RotationOptions options)
      : file_(std::move(file)), options_(options) {}
  Result<void> reopen();
  Result<void> put_aside(std::chrono::year_month_day day);
  void forget_oldest() const;
  bool is_full(std::size_t more, std::chrono::year_month_day day) const;
  bool is_current() const;

  std::filesystem::path file_;
  RotationOptions options_;
  int descriptor_ = -1;
  bool ordinary_ = false;
  std::optional<std::chrono::year_month_day> day_;  // Of its first line; empty: it has none.
};

}  // namespace opt_data::observe
