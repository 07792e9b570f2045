// Keeps the conversations with a gateway in a file, both directions, without account numbers.
//
//   OPT_TRY(auto recorder, Recorder::open("odd-answer.transcript", clock, events));
//   TwsSession::open(recorder->record(connect), ...);
//
// The file is readable by its owner alone. Every chunk is one write, so that a crash costs a line
// at most; a file that is there already is continued. When it cannot be written any more there is
// one event, and the session goes on unrecorded. One process at a time.
//
// Account numbers are taken out before anything reaches the file: whatever managedAccts names,
// wherever it stands, and whatever looks like one (observe::redact_accounts). Frames stay frames,
// because the file holds payloads and not their lengths. Format: tws/transcript.h.
#pragma once

#include <filesystem>
#include <memory>

#include "calendar/clock.h"
#include "gateway/session.h"
#include "observe/event.h"

namespace opt_data::gateway {

class Recorder {
 public:
  // Errors: invalid_input when the file cannot be written, is something else than a transcript, or
  // is being written by another process. Nothing but a transcript is ever changed.
  static Result<std::unique_ptr<Recorder>> open(
      const std::filesystem::path& file, Clock& clock, observe::EventSink& events);

  // Connects as `connect` does; what is said on the connection is kept.
  Connector record(Connector connect);

 private:
  struct Book;
  class Listener;
  explicit Recorder(std::shared_ptr<Book> book) : book_(std::move(book)) {}

  std::shared_ptr<Book> book_;  // Shared with the connections, which may live longer.
};

}  // namespace opt_data::gateway
