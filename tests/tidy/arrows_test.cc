// Who may see whom. A folder sees itself and the folders its line names, nobody else: no header of
// theirs, and no library in its build file.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "tree.h"

namespace opt_data::tidy {
namespace {

constexpr const char* arrows = R"(
  base
  calendar  base
  market    base calendar
  observe   base calendar market
  net       base
  tws       base
  gateway   base calendar market observe net tws
  store     base calendar market observe
  notify    base calendar observe net store
  collect   base calendar market observe gateway store
  pricing   base calendar market
  derive    base calendar market observe store pricing
  check     base calendar market observe store
  schedule  base calendar observe store
  serve     base calendar market observe net store check schedule
  sim       base calendar market net tws pricing
)";  // app is absent: it knows everybody, and nobody knows it

using Arrows = std::map<std::string, std::set<std::string>>;

Arrows read_arrows() {
  Arrows read;
  std::istringstream table(arrows);
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string folder;
    if (!(words >> folder)) continue;
    std::set<std::string>& sees = read[folder];
    sees.insert(folder);
    for (std::string other; words >> other;) sees.insert(other);
  }
  return read;
}

std::string folder_of(const File& file) {
  const std::size_t start = std::string_view("src/").size();
  return file.path.substr(start, file.path.find('/', start) - start);
}

std::string complaint(const std::string& from, const std::string& to) {
  return "the arrow " + from + " -> " + to + " is not in the table";
}

TEST(Arrows, a_line_names_only_lines_above_it) {
  std::set<std::string> above;
  std::istringstream table(arrows);
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string folder;
    if (!(words >> folder)) continue;
    for (std::string other; words >> other;)
      EXPECT_TRUE(above.contains(other)) << folder << " names " << other;
    above.insert(folder);
  }
}

TEST(Arrows, every_folder_has_a_line) {
  const Arrows allowed = read_arrows();
  for (const File& file : project()) {
    if (!file.under("src/") || file.path == "src/CMakeLists.txt") continue;
    const std::string folder = folder_of(file);
    EXPECT_TRUE(folder == "app" || allowed.contains(folder)) << file.path;
  }
}

// A test may stand its subject before any neighbour, as a gateway's test does with the simulator;
// only app stays out of everybody's sight.
TEST(Arrows, includes_follow_the_table) {
  const Arrows allowed = read_arrows();
  const std::regex include(R"re(^\s*#\s*include\s*"([a-z_]+)/[^"]*")re");
  Findings findings;
  for (const File& file : project()) {
    if (!file.under("src/") || !(file.is_header() || file.is_source())) continue;
    const std::string folder = folder_of(file);
    if (folder == "app") continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(file.lines[i], match, include)) continue;
      const bool free = file.is_test() && match[1] != "app";
      if (!free && !allowed.at(folder).contains(match[1]))
        findings.add(file.path, i + 1, complaint(folder, match[1]));
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

// But for what the build makes out of a folder's own SQL.
TEST(Arrows, an_include_names_its_folder) {
  const std::regex bare(R"re(^\s*#\s*include\s*"[^"/]*")re");
  const std::regex embedded(R"re(\.embedded\.h")re");
  Findings findings;
  for (const File& file : project()) {
    if (!file.under("src/") || !(file.is_header() || file.is_source())) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (std::regex_search(file.lines[i], bare) && !std::regex_search(file.lines[i], embedded))
        findings.add(file.path, i + 1, "write the folder too: #include \"folder/header.h\"");
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Arrows, libraries_follow_the_table) {
  const Arrows allowed = read_arrows();
  const std::regex call(R"(opt_data_library\(([^)]*)\))");
  const std::regex library(R"(\bopt_data_([a-z]+)\b)");
  const std::sregex_iterator end;
  Findings findings;
  for (const File& file : project()) {
    if (!file.under("src/") || !file.ends("CMakeLists.txt") || folder_of(file) == "app") continue;
    const std::string folder = folder_of(file);
    for (std::sregex_iterator at(file.text.begin(), file.text.end(), call); at != end; ++at) {
      const std::string arguments = (*at)[1];
      const auto start = static_cast<std::size_t>(at->position(1));
      for (std::sregex_iterator name(arguments.begin(), arguments.end(), library); name != end;
           ++name) {
        const std::string other = (*name)[1];
        if (other == "options" || allowed.at(folder).contains(other)) continue;
        const auto offset = start + static_cast<std::size_t>(name->position());
        findings.add(file.path, line_of(file.text, offset), complaint(folder, other));
      }
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

}  // namespace
}  // namespace opt_data::tidy
