// The alerts that are on their way: one SQLite file, so that they outlive a receiver that is away
// and the process that raised them.
//
// Alerts of one code and trade date are one subject. Within the cool-down of its last alert a
// further event of that subject raises none, but is counted: in the alert while it waits, else in
// the next one. Each alert goes to each channel once; a channel gets its alerts in the order they
// were raised. At most `waiting_max` wait; what comes on top is dropped and counted.
//
// Processes may share the file. Errors: as store::SqliteFile; invalid_input for a file of a newer
// version.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "notify/alert.h"
#include "notify/options.h"
#include "store/ledger_sqlite.h"

namespace opt_data::notify {

enum class Raised : std::uint8_t { queued, held_back, dropped };

struct Waiting {
  std::int64_t id = 0;
  Alert alert;
  int attempts = 0;  // In vain.
  Instant not_before{};
};

class AlertQueue {
 public:
  static Result<std::unique_ptr<AlertQueue>> open(
      const std::filesystem::path& file, QueueOptions options);

  // `alert` comes without a key. Durable when it returns.
  Result<Raised> raise(Alert alert, const std::vector<std::string>& channels);

  // The oldest alert this channel has not got. One that waited for longer than give_up is given up
  // and counted.
  Result<std::optional<Waiting>> next(const std::string& channel, Instant now);
  Result<void> delivered(const std::string& channel, std::int64_t id, Instant now);
  Result<void> failed(
      const std::string& channel, std::int64_t id, const std::string& why, Instant not_before);

  Result<std::int64_t> waiting(const std::string& channel) const;
  std::int64_t given_up() const { return given_up_; }  // By this object.

 private:
  AlertQueue(std::unique_ptr<store::SqliteFile> file, QueueOptions options)
      : file_(std::move(file)), options_(options) {}
  Result<std::optional<Raised>> hold_back(const Alert& alert, const std::string& subject);
  Result<Raised> enter(
      Alert alert, const std::string& subject, const std::vector<std::string>& channels);
  Result<void> forget_old(Instant now);

  std::unique_ptr<store::SqliteFile> file_;
  QueueOptions options_;
  std::int64_t given_up_ = 0;
};

}  // namespace opt_data::notify
