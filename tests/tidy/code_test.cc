// How the code is laid out, where neither compiler nor formatter looks.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tree.h"

namespace opt_data::tidy {
namespace {

// What we like is 150 and 400; beyond these a file holds two ideas.
constexpr std::size_t header_lines_max = 200;
constexpr std::size_t source_lines_max = 500;

bool is_code(const File& file) {
  return (file.under("src/") || file.under("tests/") || file.under("bench/")) &&
         (file.is_header() || file.is_source());
}

TEST(Code, a_file_holds_one_idea) {
  Findings findings;
  for (const File& file : project()) {
    if (!is_code(file) || file.is_test()) continue;
    const std::size_t most = file.is_header() ? header_lines_max : source_lines_max;
    if (file.lines.size() > most)
      findings.add(file.path, file.lines.size(), "more than " + std::to_string(most) + " lines");
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Code, a_header_says_what_it_is) {
  Findings findings;
  for (const File& file : project()) {
    if (!is_code(file) || !file.is_header()) continue;
    if (file.lines.empty() || !file.lines[0].starts_with("// "))
      findings.add(file.path, 1, "begin with a comment: what the thing is, units, errors");
    bool once = false;
    for (const std::string& line : file.lines) once = once || line == "#pragma once";
    if (!once) findings.add(file.path, 1, "no #pragma once");
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

using Names = std::set<std::string>;

// The names of coroutines, by whether they return something that could be kept.
struct Coroutines {
  Names silent;
  Names telling;

  void add(const std::string& code) {
    const std::regex of_nothing(R"(awaitable<void>\s+(?:\w+::)*(\w+)\s*\()");
    const std::regex of_something(R"(awaitable<(?!void>)[^;{}()]*>\s+(?:\w+::)*(\w+)\s*\()");
    const std::sregex_iterator end;
    for (std::sregex_iterator at(code.begin(), code.end(), of_nothing); at != end; ++at)
      silent.insert((*at)[1]);
    for (std::sregex_iterator at(code.begin(), code.end(), of_something); at != end; ++at)
      telling.insert((*at)[1]);
  }
  bool surely_silent(const std::string& name) const {
    return silent.contains(name) && !telling.contains(name);
  }
};

std::string folder_of(const File& file) { return file.path.substr(0, file.path.rfind('/')); }

// Whether every call in `awaited` is of a coroutine that returns nothing: f(), x->f(), (f() ||
// g()).
bool nothing_to_keep(const std::string& awaited, const Names& silent) {
  const std::regex of_library(R"(^(boost::)?asio::)");
  if (std::regex_search(awaited, of_library)) return true;
  const std::regex call(R"((\w+)\s*\()");
  std::sregex_iterator at(awaited.begin(), awaited.end(), call);
  const std::sregex_iterator end;
  if (at == end) return false;
  if (!awaited.starts_with("(")) return silent.contains((*at)[1]);
  return std::all_of(at, end, [&](const std::smatch& each) { return silent.contains(each[1]); });
}

// g++ 12 is silent about `co_await f();` even when what f gives must not be dropped. Whoever drops
// it on purpose says so with (void), as everywhere else.
void find_dropped(
    const std::string& path, const std::string& code, const Names& silent, Findings& findings) {
  // After the end of a statement, a brace, a label or a condition: the beginning of a statement.
  const std::regex statement(R"([;{}:)]\s*(co_await\b\s*([^;]*)))");
  const std::sregex_iterator end;
  for (std::sregex_iterator at(code.begin(), code.end(), statement); at != end; ++at) {
    if (code.substr(0, static_cast<std::size_t>(at->position()) + 1).ends_with("(void)")) continue;
    if (nothing_to_keep((*at)[2], silent)) continue;
    const auto offset = static_cast<std::size_t>(at->position(1));
    findings.add(path, line_of(code, offset), "co_await, and what it gave is dropped");
  }
}

// Two classes may both have a run(), one that tells how it went and one that does not. Then the
// neighbours in the folder decide which is meant.
TEST(Code, what_is_awaited_is_kept) {
  std::vector<std::pair<const File*, std::string>> sources;
  Coroutines everywhere;
  std::map<std::string, Coroutines> nearby;
  for (const File& file : project()) {
    if (!is_code(file)) continue;
    sources.emplace_back(&file, code_only(file.text));
    everywhere.add(sources.back().second);
    nearby[folder_of(file)].add(sources.back().second);
  }
  Findings findings;
  for (const auto& [file, code] : sources) {
    if (code.find("co_await") == std::string::npos) continue;
    Names silent;
    for (const std::string& name : everywhere.silent) {
      if (everywhere.surely_silent(name) || nearby[folder_of(*file)].surely_silent(name))
        silent.insert(name);
    }
    find_dropped(file->path, code, silent, findings);
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Code, a_dropped_answer_is_found) {
  Findings findings;
  find_dropped("a.cc", "{\n  co_await session.quote(id);\n}", {}, findings);
  find_dropped("b.cc", "  if (late) co_await transport->write_all(bytes);", {}, findings);
  find_dropped("d.cc", "{ co_await (read() || write()); }", {"read"}, findings);
  EXPECT_EQ(
      findings.text(),
      "\n  a.cc:2: co_await, and what it gave is dropped"
      "\n  b.cc:1: co_await, and what it gave is dropped"
      "\n  d.cc:1: co_await, and what it gave is dropped");
}

TEST(Code, an_answer_that_is_kept_or_empty_is_not_found) {
  const Names loops{"read_loop", "write_loop"};
  Findings findings;
  find_dropped("a.cc", "{ const auto quote =\n  co_await session.quote(id); }", {}, findings);
  find_dropped(
      "b.cc", "{ OPT_CO_TRY(const Quote quote, co_await session.quote(id)); }", {}, findings);
  find_dropped("c.cc", "{ co_await session.read_loop(); }", loops, findings);
  find_dropped("d.cc", "{ co_await asio::post(executor); }", {}, findings);
  find_dropped("e.cc", "{ (void)co_await session.quote(id); }", {}, findings);
  find_dropped("f.cc", code_only("// Then\n// co_await session.quote(id);"), {}, findings);
  find_dropped("g.cc", "{ co_await (read_loop() || write_loop()); }", loops, findings);
  EXPECT_TRUE(findings.none()) << findings.text();
}

}  // namespace
}  // namespace opt_data::tidy
