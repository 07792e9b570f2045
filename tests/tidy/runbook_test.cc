// docs/ops-runbook.md against the code: a person who is woken by a word finds the word there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>

#include "tree.h"

namespace opt_data::tidy {
namespace {

using Words = std::set<std::string>;

bool emits(const File& file) {
  return file.under("src/") && (file.is_header() || file.is_source()) && !file.is_test();
}

// Where the bracket that stands at `open` is closed; `code` has no brackets in quotes.
std::size_t closing(const std::string& code, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < code.size(); ++at) {
    if (code[at] == '(' || code[at] == '{') ++depth;
    if ((code[at] == ')' || code[at] == '}') && --depth == 0) return at;
  }
  return code.size();
}

// Literals that are codes: two words or more. One that ends in _ is what codes begin with.
Words codes_in(const std::string& text) {
  const std::regex code(R"re("([a-z]+(?:_[a-z]+)*_[a-z]*)")re");
  const std::sregex_iterator end;
  Words found;
  for (std::sregex_iterator at(text.begin(), text.end(), code); at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

// The headers a file sees, by way of others too.
void see(const File& file, std::set<const File*>& seen) {
  const std::regex include(R"re(#include "([a-z_]+/[a-z_]+\.h)")re");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(file.text.begin(), file.text.end(), include); at != end; ++at) {
    const std::string path = "src/" + at->str(1);
    const auto header = std::ranges::find(project(), path, &File::path);
    if (header != project().end() && seen.insert(&*header).second) see(*header, seen);
  }
}

// Functions that are handed a code, whatever they are called: those a file declares.
const Words& declared_emitters(const File& file) {
  static std::map<const File*, Words> known;
  const auto [at, fresh] = known.try_emplace(&file);
  if (!fresh || file.text.find("std::string code") == file.text.npos) return at->second;
  const std::regex declared(R"((\w+)\(\s*[^;{}()]*\bstd::string code\b)");
  const std::string code = code_only(file.text);
  const std::sregex_iterator end;
  for (std::sregex_iterator each(code.begin(), code.end(), declared); each != end; ++each)
    at->second.insert((*each)[1]);
  return at->second;
}

Words emitters(const File& file) {
  std::set<const File*> seen{&file};
  see(file, seen);
  Words names;
  for (const File* each : seen) {
    if (!emits(*each)) continue;
    const Words& declared = declared_emitters(*each);
    names.insert(declared.begin(), declared.end());
  }
  return names;
}

struct Emitted {
  Words codes;
  Findings unclear;  // Sites of which nobody can read what they emit.
};

void collect_calls(const File& file, const std::string& code, const Words& names, Emitted& out) {
  const std::regex call(R"(\b(\w+)\()");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(code.begin(), code.end(), call); at != end; ++at) {
    if (!names.contains((*at)[1])) continue;
    const auto open = static_cast<std::size_t>(at->position()) + at->length() - 1;
    const std::size_t close = closing(code, open);
    const std::string inside = file.text.substr(open, close - open);
    Words found = codes_in(inside);
    // Its own declaration, and one that hands on what it was handed.
    const bool hands_on = inside.find("std::string code") != inside.npos ||
                          inside.find("std::move(code)") != inside.npos;
    if (found.empty() && !hands_on)
      out.unclear.add(file.path, line_of(code, open), "emits a code that is not written here");
    out.codes.merge(found);
  }
}

// event.code = "..."; and Event gap{..., "...", ...};
void collect_events(const File& file, const std::string& code, Emitted& out) {
  const std::regex assigned(R"(\.code\s*=(?!=))");
  const std::regex made(R"(\bEvent\s*\w*\s*\{)");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(code.begin(), code.end(), assigned); at != end; ++at) {
    const auto from = static_cast<std::size_t>(at->position());
    const std::string value = file.text.substr(from, code.find(';', from) - from);
    Words found = codes_in(value);
    const std::array<std::string_view, 3> copies{
        "std::move(code)", "= event.code", "members.required"};
    const bool copied = std::ranges::any_of(
        copies, [&](std::string_view each) { return value.find(each) != value.npos; });
    if (found.empty() && !copied)
      out.unclear.add(file.path, line_of(code, from), "emits a code that is not written here");
    out.codes.merge(found);
  }
  for (std::sregex_iterator at(code.begin(), code.end(), made); at != end; ++at) {
    const auto open = static_cast<std::size_t>(at->position() + at->length()) - 1;
    out.codes.merge(codes_in(file.text.substr(open, closing(code, open) - open)));
  }
}

const Emitted& emitted() {
  static const Emitted all = [] {
    Emitted found;
    for (const File& file : project()) {
      if (!emits(file)) continue;
      const std::string code = code_only(file.text);
      collect_calls(file, code, emitters(file), found);
      collect_events(file, code, found);
    }
    return found;
  }();
  return all;
}

// What stands between backticks in the first column of the tables under a heading.
Words first_column(std::string_view heading) {
  const std::regex word("`([^`]+)`");
  const std::sregex_iterator end;
  Words words;
  bool under = false;
  for (const std::string& line : file("docs/ops-runbook.md").lines) {
    if (line.starts_with("#")) under = line == heading;
    if (!under || !line.starts_with("| ")) continue;
    const std::string cell = line.substr(2, line.find(" |", 2) - 2);
    for (std::sregex_iterator at(cell.begin(), cell.end(), word); at != end; ++at)
      words.insert((*at)[1]);
  }
  return words;
}

// The checks of the preflight, each of which is an event of its own.
Words preflight_codes() {
  const std::regex made(R"re(\bcheck\(\s*"([a-z_]+)")re");
  const std::string& text = file("src/app/preflight.cc").text;
  const std::sregex_iterator end;
  Words names;
  for (std::sregex_iterator at(text.begin(), text.end(), made); at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

std::string missing(const Words& wanted, const Words& there) {
  std::string all;
  for (const std::string& each : wanted)
    if (!there.contains(each)) all += "\n  " + each;
  return all;
}

TEST(Runbook, has_every_event_the_program_can_emit_and_no_other) {
  EXPECT_TRUE(emitted().unclear.none()) << emitted().unclear.text();
  Words codes = emitted().codes;
  EXPECT_GT(codes.size(), 40U);
  ASSERT_EQ(codes.erase("preflight_"), 1U);  // Each check is one, by its name.
  codes.insert("preflight_…");
  const Words told = first_column("### Every event");
  EXPECT_EQ(missing(codes, told), "") << "not in the runbook";
  EXPECT_EQ(missing(told, codes), "") << "in the runbook, and nobody emits it";
}

TEST(Runbook, has_every_check_of_the_preflight) {
  EXPECT_EQ(preflight_codes(), first_column("## Preflight"));
}

TEST(Runbook, names_only_alerts_that_an_event_can_raise) {
  EXPECT_EQ(missing(first_column("## Alerts"), emitted().codes), "");
}

// What raises an alert although it is no error is in the defaults; each has its line under Alerts.
TEST(Runbook, says_what_to_do_about_every_alert_that_is_listed) {
  const std::regex list(R"re("alerts\.codes",[^{]*\{([^}]*)\})re");
  std::smatch match;
  const std::string& keys = file("src/app/config_alert_keys.cc").text;
  ASSERT_TRUE(std::regex_search(keys, match, list));
  const Words listed = codes_in(match[1]);
  EXPECT_GT(listed.size(), 3U);
  EXPECT_EQ(missing(listed, first_column("## Alerts")), "");
}

TEST(Runbook, has_every_code_of_the_broker_that_is_treated_on_its_own) {
  const std::regex treated(R"(case (\d+):)");
  const std::string& text = file("src/gateway/codes.cc").text;
  const std::sregex_iterator end;
  Words codes{"162"};  // One code for all that the historical service has to say.
  for (std::sregex_iterator at(text.begin(), text.end(), treated); at != end; ++at)
    codes.insert((*at)[1]);
  EXPECT_GT(codes.size(), 30U);
  EXPECT_EQ(missing(codes, first_column("### Codes of the broker")), "");
}

}  // namespace
}  // namespace opt_data::tidy
