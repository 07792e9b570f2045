#include "notify/alert_queue.h"

#include <utility>

#include "base/text.h"

namespace opt_data::notify {
namespace {

using store::SqliteQuery;

constexpr int version = 1;

// Times are microseconds of UTC. `held` counts events of a subject since its last alert was
// delivered; they are told with the next one.
constexpr const char* tables = R"(
  CREATE TABLE IF NOT EXISTS alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, subject TEXT NOT NULL,
    raised_us INTEGER NOT NULL, alert TEXT NOT NULL, more INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS alerts_by_subject ON alerts (subject, raised_us);
  CREATE TABLE IF NOT EXISTS deliveries (
    alert INTEGER NOT NULL, channel TEXT NOT NULL, attempts INTEGER NOT NULL,
    not_before_us INTEGER NOT NULL, ended_us INTEGER, state TEXT NOT NULL, why TEXT NOT NULL,
    PRIMARY KEY (channel, alert)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS held (
    subject TEXT PRIMARY KEY, events INTEGER NOT NULL, at_us INTEGER NOT NULL)
    STRICT, WITHOUT ROWID;
)";

// All or nothing: a process that dies in between leaves what was.
class Transaction {
 public:
  explicit Transaction(store::SqliteFile& file)
      : file_(file), begun_(file.run("BEGIN IMMEDIATE")) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (begun_ && !done_) (void)file_.run("ROLLBACK");
  }
  const Result<void>& begun() const { return begun_; }
  Result<void> commit() {
    done_ = true;
    return file_.run("COMMIT");
  }

 private:
  store::SqliteFile& file_;
  Result<void> begun_;
  bool done_ = false;
};

std::int64_t micros_of(std::chrono::seconds span) {
  return std::chrono::duration_cast<std::chrono::microseconds>(span).count();
}

}  // namespace

Result<std::unique_ptr<AlertQueue>> AlertQueue::open(
    const std::filesystem::path& path, QueueOptions options) {
  OPT_TRY(auto file, store::SqliteFile::open(path, store::SqliteFile::Access::write));
  OPT_TRY_VOID(file->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
  std::int64_t found = 0;
  {
    SqliteQuery query(*file, "PRAGMA user_version");
    OPT_TRY_VOID(query.step());
    found = query.integer(0);
  }
  if (found > version)
    return fail(
        ErrorKind::invalid_input,
        "alerts {} have version {}, and this opt-data knows {}; use the newer opt-data that wrote "
        "them, or remove the file",
        path.string(), found, version);
  OPT_TRY_VOID(file->run(
      fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version = {}; COMMIT;", tables, version)));
  return std::unique_ptr<AlertQueue>(new AlertQueue(std::move(file), options));
}

// Within the cool-down: an alert that waits tells of this event too; else it is kept for the next.
Result<std::optional<Raised>> AlertQueue::hold_back(
    const Alert& alert, const std::string& subject) {
  std::int64_t id = 0;
  {
    SqliteQuery last(
        *file_,
        "SELECT id, raised_us FROM alerts WHERE subject = ? ORDER BY raised_us DESC, id DESC LIMIT "
        "1");
    last.bind(subject);
    OPT_TRY(const bool any, last.step());
    if (!any || micros(alert.at) - last.integer(1) >= micros_of(options_.cooldown))
      return std::optional<Raised>{};
    id = last.integer(0);
  }
  bool waits = false;  // Before every channel.
  {
    SqliteQuery tried(
        *file_, "SELECT count(*), sum(state = 'waiting') FROM deliveries WHERE alert = ?");
    tried.bind(id);
    OPT_TRY_VOID(tried.step());
    waits = tried.integer(0) > 0 && tried.integer(0) == tried.integer(1);
  }
  if (waits) {
    SqliteQuery more(*file_, "UPDATE alerts SET more = more + 1 WHERE id = ?");
    more.bind(id);
    OPT_TRY_VOID(more.done());
  } else {
    SqliteQuery held(
        *file_,
        "INSERT INTO held VALUES (?, 1, ?) ON CONFLICT (subject) DO UPDATE SET events = events + "
        "1, "
        "at_us = excluded.at_us");
    held.bind(subject).bind(micros(alert.at));
    OPT_TRY_VOID(held.done());
  }
  return std::optional<Raised>{Raised::held_back};
}

Result<Raised> AlertQueue::enter(
    Alert alert, const std::string& subject, const std::vector<std::string>& channels) {
  std::int64_t serial = 0;
  {
    SqliteQuery count(
        *file_,
        "SELECT (SELECT count(DISTINCT alert) FROM deliveries WHERE state = 'waiting'), "
        "coalesce((SELECT max(id) FROM alerts), 0)");
    OPT_TRY_VOID(count.step());
    if (count.integer(0) >= options_.waiting_max) return Raised::dropped;
    serial = count.integer(1) + 1;
  }
  {
    SqliteQuery held(*file_, "DELETE FROM held WHERE subject = ? RETURNING events");
    held.bind(subject);
    OPT_TRY(const bool any, held.step());
    if (any) alert.more = held.integer(0);
    if (any) OPT_TRY_VOID(held.done());
  }
  alert.key =
      sha256_hex(fmt::format("{}|{}|{}|{}", subject, micros(alert.at), serial, alert.message))
          .substr(0, 32);
  {
    const std::string json = json_of(alert);
    SqliteQuery insert(
        *file_, "INSERT INTO alerts (key, subject, raised_us, alert, more) VALUES (?, ?, ?, ?, ?)");
    insert.bind(alert.key).bind(subject).bind(micros(alert.at)).bind(json).bind(alert.more);
    OPT_TRY_VOID(insert.done());
  }
  for (const std::string& channel : channels) {
    SqliteQuery insert(
        *file_, "INSERT INTO deliveries SELECT max(id), ?, 0, ?, NULL, 'waiting', '' FROM alerts");
    insert.bind(channel).bind(micros(alert.at));
    OPT_TRY_VOID(insert.done());
  }
  return Raised::queued;
}

Result<void> AlertQueue::forget_old(Instant now) {
  // Also of channels that nobody configures any more.
  SqliteQuery late(
      *file_,
      "UPDATE deliveries SET state = 'given_up', ended_us = ? WHERE state = 'waiting' AND alert IN "
      "(SELECT id FROM alerts WHERE raised_us < ?)");
  late.bind(micros(now)).bind(micros(now) - micros_of(options_.give_up));
  OPT_TRY_VOID(late.done());
  SqliteQuery alerts(
      *file_,
      "DELETE FROM alerts WHERE raised_us < ? AND id NOT IN (SELECT alert FROM deliveries WHERE "
      "state = 'waiting')");
  alerts.bind(micros(now) - micros_of(options_.remember));
  OPT_TRY_VOID(alerts.done());
  OPT_TRY_VOID(file_->run("DELETE FROM deliveries WHERE alert NOT IN (SELECT id FROM alerts)"));
  SqliteQuery held(*file_, "DELETE FROM held WHERE at_us < ?");
  held.bind(micros(now) - micros_of(options_.remember));
  return held.done();
}

Result<Raised> AlertQueue::raise(Alert alert, const std::vector<std::string>& channels) {
  const std::string subject = alert.code + "|" + alert.trade_date;
  Transaction transaction(*file_);
  OPT_TRY_VOID(transaction.begun());
  OPT_TRY(const auto held, hold_back(alert, subject));
  const Instant now = alert.at;
  Raised raised = Raised::held_back;
  if (!held) {
    OPT_TRY_VOID(forget_old(now));
    OPT_TRY(raised, enter(std::move(alert), subject, channels));
  }
  OPT_TRY_VOID(transaction.commit());
  return raised;
}

Result<std::optional<Waiting>> AlertQueue::next(const std::string& channel, Instant now) {
  for (;;) {
    Waiting waiting;
    {
      SqliteQuery query(
          *file_,
          "SELECT alerts.id, alert.attempts, alert.not_before_us, alerts.alert, alerts.more, "
          "alerts.raised_us FROM deliveries AS alert JOIN alerts ON alerts.id = alert.alert "
          "WHERE alert.channel = ? AND alert.state = 'waiting' ORDER BY alerts.id LIMIT 1");
      query.bind(channel);
      OPT_TRY(const bool any, query.step());
      if (!any) return std::optional<Waiting>{};
      OPT_TRY(waiting.alert, alert_of(query.text(3)));
      waiting.id = query.integer(0);
      waiting.attempts = static_cast<int>(query.integer(1));
      waiting.not_before = from_micros(query.integer(2));
      waiting.alert.more = query.integer(4);
      if (micros(now) - query.integer(5) < micros_of(options_.give_up)) return waiting;
    }
    SqliteQuery give_up(
        *file_,
        "UPDATE deliveries SET state = 'given_up', ended_us = ? WHERE channel = ? AND alert = ?");
    give_up.bind(micros(now)).bind(channel).bind(waiting.id);
    OPT_TRY_VOID(give_up.done());
    ++given_up_;
  }
}

Result<void> AlertQueue::delivered(const std::string& channel, std::int64_t id, Instant now) {
  SqliteQuery query(
      *file_,
      "UPDATE deliveries SET state = 'delivered', ended_us = ?, why = '' WHERE channel = ? AND "
      "alert = ?");
  query.bind(micros(now)).bind(channel).bind(id);
  return query.done();
}

Result<void> AlertQueue::failed(
    const std::string& channel, std::int64_t id, const std::string& why, Instant not_before) {
  SqliteQuery query(
      *file_,
      "UPDATE deliveries SET attempts = attempts + 1, not_before_us = ?, why = ? WHERE channel = ? "
      "AND alert = ?");
  query.bind(micros(not_before)).bind(why).bind(channel).bind(id);
  return query.done();
}

Result<std::int64_t> AlertQueue::waiting(const std::string& channel) const {
  SqliteQuery query(
      *file_, "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'waiting'");
  query.bind(channel);
  OPT_TRY_VOID(query.step());
  return query.integer(0);
}

}  // namespace opt_data::notify
