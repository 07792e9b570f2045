#include "gateway/recorder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "net/witnessed_transport.h"
#include "observe/run.h"
#include "tws/codec.h"
#include "tws/transcript.h"

namespace opt_data::gateway {
namespace {

using tws::Mark;

constexpr std::string_view mask = "[account]";
constexpr std::string_view accounts_frame("15\0", 3);
// A shorter name would be found in half the frames; the broker's have eight characters and more.
constexpr std::size_t name_size_min = 3;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void replace_word(std::string& text, std::string_view word) {
  for (std::size_t at = 0; (at = text.find(word, at)) != text.npos;) {
    const std::size_t end = at + word.size();
    if ((at > 0 && is_word(text[at - 1])) || (end < text.size() && is_word(text[end]))) {
      ++at;
      continue;
    }
    text.replace(at, word.size(), mask);
    at += mask.size();
  }
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(descriptor, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

bool read_all(int descriptor, std::string& text) {
  std::array<char, 64 * 1024> room;
  for (;;) {
    const ssize_t size = ::read(descriptor, room.data(), room.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size == 0;
    text.append(room.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

struct Recorder::Book {
  Book(std::filesystem::path path, Clock& book_clock, observe::EventSink& sink)
      : file(std::move(path)), clock(book_clock), events(sink) {}
  ~Book() {
    if (descriptor >= 0) ::close(descriptor);
  }
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;

  Result<void> open();
  Result<void> go_on();  // With the lock: after what the file holds.
  void write(const std::string& lines);
  std::string redacted(std::string_view payload);

  std::filesystem::path file;
  Clock& clock;
  observe::EventSink& events;
  int descriptor = -1;
  std::int32_t connections = 0;
  std::vector<std::string> accounts;  // The longest first: one may be a part of another.
};

Result<void> Recorder::Book::open() {
  const auto refused = [this](std::string_view why) {
    return fail(
        ErrorKind::invalid_input, "cannot record into {} ({}); name another file", file.string(),
        why);
  };
  descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
  struct stat is {};
  if (descriptor < 0 || ::fstat(descriptor, &is) != 0) return refused(reason_of(errno));
  if (!S_ISREG(is.st_mode)) return refused("it is no file");
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return refused("another process records into it");
  if (auto done = go_on(); !done) return refused(done.error().message);
  return {};
}

Result<void> Recorder::Book::go_on() {
  const auto failed = [] { return fail(ErrorKind::storage, "{}", reason_of(errno)); };
  std::string text;
  if (!read_all(descriptor, text)) return failed();
  std::size_t keep = 0;
  if (!tws::transcript_heading.starts_with(text)) {  // Not new, nor cut off in its first line.
    OPT_TRY(const tws::Transcript before, tws::parse_transcript(text));
    for (const tws::TranscriptLine& line : before.lines)
      connections = std::max(connections, line.connection);
    keep = before.whole_bytes;
  }
  if (::fchmod(descriptor, 0600) != 0 || ::ftruncate(descriptor, static_cast<off_t>(keep)) != 0)
    return failed();
  if (keep == 0 && !write_all(descriptor, tws::transcript_heading)) return failed();
  return {};
}

void Recorder::Book::write(const std::string& lines) {
  if (descriptor < 0 || lines.empty() || write_all(descriptor, lines)) return;
  observe::Event event;
  event.level = observe::Level::warning;
  event.code = "recording_failed";
  event.component = "gateway";
  event.message = fmt::format(
      "{} cannot be written any more ({}); what was recorded stands, the session goes on "
      "unrecorded",
      file.string(), reason_of(errno));
  ::close(std::exchange(descriptor, -1));
  events.on(event);
}

std::string Recorder::Book::redacted(std::string_view payload) {
  std::string text(payload);
  if (payload.starts_with(accounts_frame)) {
    // 15|1|DU1,DU2|: an account may have a name that looks like none.
    const std::size_t from = std::min(payload.find('\0', accounts_frame.size()), payload.size());
    text = payload.substr(0, from);
    std::size_t at = from;
    for (std::string name; at <= payload.size(); ++at) {
      const char c = at < payload.size() ? payload[at] : '\0';
      if (c != ',' && c != '\0') {
        name += c;
        continue;
      }
      if (!name.empty()) text += mask;
      if (name.size() >= name_size_min) accounts.push_back(name);
      name.clear();
      if (at < payload.size()) text += c;
    }
    std::sort(accounts.begin(), accounts.end(), [](const std::string& a, const std::string& b) {
      return std::pair(b.size(), a) < std::pair(a.size(), b);
    });
    accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  }
  for (const std::string& name : accounts) replace_word(text, name);
  return observe::redact_accounts(text);
}

// Hears one connection. Chunks become frames here, so that no account number can hide in two of
// them.
class Recorder::Listener : public net::Witness {
 public:
  explicit Listener(std::shared_ptr<Book> book)
      : book_(std::move(book)), connection_(++book_->connections), opened_(book_->clock.now()) {
    add(Mark::open, iso_utc(opened_));
    hand_in();
  }

  void sent(std::span<const std::byte> bytes) override {
    take(asked_, bytes);
    if (!greeted_ && !asked_strayed_) greet();
    if (greeted_) cut(asked_, asked_strayed_, Mark::asked);
    hand_in();
  }
  void received(std::span<const std::byte> bytes) override {
    take(told_, bytes);
    cut(told_, told_strayed_, Mark::told);
    hand_in();
  }
  void closed_here() override { end(Mark::client_closed); }
  void closed_there() override { end(Mark::gateway_closed); }

 private:
  static void take(tws::FrameBuffer& into, std::span<const std::byte> bytes) {
    const std::span<std::byte> room = into.prepare(bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    into.commit(bytes.size());
  }
  void greet() {
    const auto offer = asked_.next_hello();
    asked_strayed_ = !offer;
    if (!offer || !*offer) return;
    greeted_ = true;
    add(Mark::hello, **offer);
  }
  // Once a length makes no sense, nothing behind it is a frame.
  void cut(tws::FrameBuffer& from, bool& strayed, Mark mark) {
    while (!strayed) {
      const auto payload = from.next();
      strayed = !payload;
      if (!payload || !*payload) return;
      add(mark, **payload);
    }
  }
  void end(Mark mark) {
    if (asked_.buffered() > 0) add(Mark::stray_asked, asked_.rest());
    if (told_.buffered() > 0) add(Mark::stray_told, told_.rest());
    add(mark, "");
    hand_in();
  }
  void add(Mark mark, std::string_view bytes) {
    const auto at = std::max(book_->clock.now() - opened_, Instant::duration::zero());
    tws::append_line(lines_, {connection_, at, mark, book_->redacted(bytes)});
  }
  void hand_in() {
    book_->write(lines_);
    lines_.clear();
  }

  std::shared_ptr<Book> book_;
  std::int32_t connection_;
  Instant opened_;
  tws::FrameBuffer asked_;
  tws::FrameBuffer told_;
  bool greeted_ = false;
  bool asked_strayed_ = false;
  bool told_strayed_ = false;
  std::string lines_;
};

Result<std::unique_ptr<Recorder>> Recorder::open(
    const std::filesystem::path& file, Clock& clock, observe::EventSink& events) {
  auto book = std::make_shared<Book>(file, clock, events);
  OPT_TRY_VOID(book->open());
  return std::unique_ptr<Recorder>(new Recorder(std::move(book)));
}

Connector Recorder::record(Connector connect) {
  return
      [book = book_,
       connect = std::move(connect)]() -> asio::awaitable<Result<std::unique_ptr<net::Transport>>> {
        const auto kept = book;
        OPT_CO_TRY(std::unique_ptr<net::Transport> transport, co_await connect());
        std::unique_ptr<net::Witness> listener = std::make_unique<Listener>(kept);
        std::unique_ptr<net::Transport> heard =
            std::make_unique<net::WitnessedTransport>(std::move(transport), std::move(listener));
        co_return heard;
      };
}

}  // namespace opt_data::gateway
