#include "tws/transcript.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"
#include "tws/codec.h"
#include "tws/fields.h"

namespace opt_data::tws {
namespace {

using std::chrono::microseconds;

constexpr std::array<std::pair<Mark, std::string_view>, 8> marks = {{
    {Mark::open, "open"},
    {Mark::hello, "hello"},
    {Mark::asked, ">"},
    {Mark::told, "<"},
    {Mark::stray_asked, ">?"},
    {Mark::stray_told, "<?"},
    {Mark::client_closed, ">end"},
    {Mark::gateway_closed, "<end"},
}};

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t seconds_max = 1'000'000'000;  // Thirty years; more is no measurement.
constexpr std::string_view digits = "0123456789abcdef";

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '|' && c != '\\'; }

void append_shown(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    if (is_plain(c)) {
      out += c;
    } else if (c == '\0') {
      out += '|';
    } else {
      const auto value = static_cast<unsigned char>(c);
      out += "\\x";
      out += digits[value >> 4U];
      out += digits[value & 15U];
    }
  }
}

std::optional<std::string> read_shown(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '|') {
      bytes += '\0';
    } else if (is_plain(text[i])) {
      bytes += text[i];
    } else {
      if (text.substr(i, 2) != "\\x" || text.size() < i + 4) return std::nullopt;
      const std::size_t high = digits.find(text[i + 2]);
      const std::size_t low = digits.find(text[i + 3]);
      if (high == digits.npos || low == digits.npos) return std::nullopt;
      bytes += static_cast<char>(static_cast<unsigned char>(high << 4U | low));
      i += 3;
    }
  }
  return bytes;
}

// "12.000345"
std::optional<microseconds> read_seconds(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == text.npos || text.size() != dot + 7) return std::nullopt;
  const auto whole = parse_int(text.substr(0, dot));
  const auto part = parse_int(text.substr(dot + 1));
  if (!whole || !part || *whole < 0 || *whole > seconds_max || *part < 0) return std::nullopt;
  return microseconds{*whole * second + *part};
}

std::string_view take_word(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end == line.npos ? line.size() : end + 1);
  return word;
}

}  // namespace

void append_line(std::string& out, const TranscriptLine& line) {
  std::string_view mark;
  for (const auto& [known, word] : marks)
    if (known == line.mark) mark = word;
  fmt::format_to(
      std::back_inserter(out), "{} {}.{:06} {} ", line.connection, line.at.count() / second,
      line.at.count() % second, mark);
  append_shown(out, line.bytes);
  out += '\n';
}

Result<TranscriptLine> parse_transcript_line(std::string_view line) {
  const std::string_view whole = line;
  const auto wrong = [whole](std::string_view what) {
    return fail(ErrorKind::corrupt, "{} in {}", what, quoted(whole));
  };
  const auto connection = parse_int(take_word(line));
  if (!connection || *connection < 1 || *connection > INT32_MAX)
    return wrong("no number of a connection");
  const auto at = read_seconds(take_word(line));
  if (!at) return wrong("no time in seconds with six decimals");
  const std::string_view word = take_word(line);
  std::optional<Mark> mark;
  for (const auto& [known, written] : marks)
    if (written == word) mark = known;
  if (!mark) return wrong("no known mark");
  auto bytes = read_shown(line);
  if (!bytes) return wrong("no readable bytes");
  // What no length can announce cannot be sent again.
  const bool frame = *mark == Mark::asked || *mark == Mark::told;
  if (frame && (bytes->empty() || bytes->size() > payload_bytes_max)) return wrong("no frame");
  return TranscriptLine{static_cast<std::int32_t>(*connection), *at, *mark, *std::move(bytes)};
}

Result<Transcript> parse_transcript(std::string_view text) {
  if (!text.starts_with(transcript_heading))
    return fail(
        ErrorKind::corrupt, "not a transcript that can be read: it begins with {}, not with \"{}\"",
        quoted(text.substr(0, text.find('\n'))), trim(transcript_heading));
  Transcript transcript;
  transcript.whole_bytes = transcript_heading.size();
  for (std::size_t number = 2;; ++number) {
    const std::size_t end = text.find('\n', transcript.whole_bytes);
    if (end == text.npos) return transcript;
    auto line =
        parse_transcript_line(text.substr(transcript.whole_bytes, end - transcript.whole_bytes));
    if (!line) return fail_within(std::move(line).error(), "line {}", number);
    transcript.lines.push_back(*std::move(line));
    transcript.whole_bytes = end + 1;
  }
}

}  // namespace opt_data::tws
