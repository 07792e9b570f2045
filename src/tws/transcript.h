// A conversation with a gateway as lines of text, which a person can read and a crash cannot spoil.
//
//   opt-data-transcript 1
//   1 0.000000 open 2026-10-01T14:30:00.000000Z
//   1 0.000180 hello v176..178
//   1 0.031744 < 178|20261001 10:30:00 EST|
//   1 0.031902 > 71|2|101||
//
// Connection, seconds since it was opened, a mark, and the exact bytes of one frame without its
// length: '|' is the NUL that ends a field, \xNN any byte that is not printable ASCII, a bar or a
// backslash. A line is whole when its line feed is there. Format and use: docs/transcripts.md.
//
// Errors: corrupt, with the line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace opt_data::tws {

enum class Mark : std::uint8_t {
  open,            // "open": the moment, UTC as ISO 8601
  hello,           // "hello": the client's version offer
  asked,           // ">": a frame of the client
  told,            // "<": a frame of the gateway
  stray_asked,     // ">?": the client's bytes that are no frame
  stray_told,      // "<?": the gateway's
  client_closed,   // ">end"
  gateway_closed,  // "<end": or the network did
};

struct TranscriptLine {
  std::int32_t connection = 0;  // From 1, counted through the file.
  std::chrono::microseconds at{0};
  Mark mark = Mark::open;
  std::string bytes;
  bool operator==(const TranscriptLine&) const = default;
};

constexpr std::string_view transcript_heading = "opt-data-transcript 1\n";

void append_line(std::string& out, const TranscriptLine& line);  // With its line feed.
Result<TranscriptLine> parse_transcript_line(std::string_view line);

struct Transcript {
  std::vector<TranscriptLine> lines;
  std::size_t whole_bytes = 0;  // Up to the last line feed; behind it a crash cut a line off.
};
// Errors: corrupt, also for a text that is no transcript or is one of another version.
Result<Transcript> parse_transcript(std::string_view text);

}  // namespace opt_data::tws
