// What the documents promise exists: commands, flags, make targets, linked files. And the two
// READMEs say the same things in the same order.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tree.h"

namespace opt_data::tidy {
namespace {

struct Piece {
  std::string text;  // one line of a fenced block, or what stands between two backticks
  std::size_t line;
};

std::vector<Piece> code_pieces(const File& document) {
  const std::regex span("`([^`]+)`");
  const std::sregex_iterator end;
  std::vector<Piece> pieces;
  bool fenced = false;
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    const std::string& line = document.lines[i];
    if (line.starts_with("```")) {
      fenced = !fenced;
    } else if (fenced) {
      pieces.push_back({line, i + 1});
    } else {
      for (std::sregex_iterator at(line.begin(), line.end(), span); at != end; ++at)
        pieces.push_back({(*at)[1], i + 1});
    }
  }
  return pieces;
}

std::vector<const File*> documents() {
  std::vector<const File*> found;
  for (const File& each : project()) {
    if (each.ends(".md")) found.push_back(&each);
  }
  return found;
}

// The words and flags the program knows, read from where src/app hands them to its parser:
// add_subcommand("qa", ...), add_option("--date", ...), or its own add_verb and add_..._option.
struct CommandLine {
  std::set<std::string> verbs;
  std::set<std::string> flags{"--help", "--version"};
};

CommandLine known_command_line() {
  const std::regex verb(R"re(add_(?:subcommand|verb)\([^";]*"([a-z-]+)")re");
  const std::regex flag(R"re(add_\w*(?:option|flag)\w*\([^";]*"([^"]*--[^"]*)")re");
  const std::regex name(R"(--[a-z][a-z0-9-]*)");
  const std::sregex_iterator end;
  CommandLine known;
  for (const File& each : project()) {
    if (!each.under("src/app/")) continue;
    for (std::sregex_iterator at(each.text.begin(), each.text.end(), verb); at != end; ++at)
      known.verbs.insert((*at)[1]);
    for (std::sregex_iterator at(each.text.begin(), each.text.end(), flag); at != end; ++at) {
      const std::string names = (*at)[1];
      // CLI11 spells a switch and its opposite "--allow-delayed,!--no-allow-delayed".
      for (std::sregex_iterator one(names.begin(), names.end(), name); one != end; ++one)
        known.flags.insert(one->str());
    }
  }
  return known;
}

// The verbs of `opt-data a b ...`: what stands before the first argument; at most two.
std::vector<std::string> verbs_of(const std::string& arguments) {
  const std::regex word(R"([a-z][a-z-]*(\\?\|[a-z][a-z-]*)*)");
  std::istringstream words(arguments);
  std::vector<std::string> verbs;
  for (std::string next; verbs.size() < 2 && words >> next && std::regex_match(next, word);) {
    std::string one;
    for (const char letter : next + "|") {
      if (letter != '|' && letter != '\\') {
        one += letter;
      } else if (!one.empty()) {
        verbs.push_back(one);
        one.clear();
      }
    }
  }
  return verbs;
}

TEST(Documents, name_only_commands_and_flags_that_exist) {
  const CommandLine known = known_command_line();
  if (known.verbs.empty()) GTEST_SKIP() << "src/app has no command";
  const std::regex call(R"((?:^|[\s/$(])opt-data\s+([^#]*))");
  const std::regex flag(R"((?:^|\s|\[|/|\|)(--[a-z][a-z0-9-]*))");
  const std::regex quoted(R"("[^"]*"|'[^']*')");
  const std::sregex_iterator end;
  Findings findings;
  for (const File* document : documents()) {
    for (const Piece& piece : code_pieces(*document)) {
      std::smatch match;
      if (!std::regex_search(piece.text, match, call)) continue;
      const std::string arguments = std::regex_replace(match.str(1), quoted, "\"\"");
      for (const std::string& verb : verbs_of(arguments)) {
        if (!known.verbs.contains(verb))
          findings.add(document->path, piece.line, "there is no command " + verb);
      }
      for (std::sregex_iterator at(arguments.begin(), arguments.end(), flag); at != end; ++at) {
        if (!known.flags.contains((*at)[1]))
          findings.add(document->path, piece.line, "there is no flag " + at->str(1));
      }
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

// The first column of a README's table of commands: `snapshot`, `sim serve`.
std::set<std::string> commands_in_table(const File& readme) {
  const std::regex word("[a-z]+(-[a-z]+)*");
  const std::sregex_iterator end;
  std::set<std::string> named;
  bool inside = false;
  for (const std::string& line : readme.lines) {
    inside = line.starts_with("| command |") || line.starts_with("| 命令 |") ||
             (inside && line.starts_with("|"));
    if (!inside || !line.starts_with("| `")) continue;
    const std::string cell = line.substr(1, line.find(" |", 1));
    for (std::sregex_iterator at(cell.begin(), cell.end(), word); at != end; ++at)
      named.insert(at->str());
  }
  return named;
}

TEST(Documents, the_readmes_list_exactly_the_commands_there_are) {
  EXPECT_EQ(commands_in_table(file("README.md")), commands_in_table(file("README.zh-CN.md")));
  const CommandLine known = known_command_line();
  if (known.verbs.empty()) GTEST_SKIP() << "src/app has no command";
  EXPECT_EQ(commands_in_table(file("README.md")), known.verbs);
}

TEST(Documents, name_only_make_targets_that_exist) {
  std::set<std::string> targets;
  for (const std::string& line : file("Makefile").lines) {
    std::smatch match;
    if (std::regex_search(line, match, std::regex("^([a-z-]+):"))) targets.insert(match[1]);
  }
  const std::regex call(R"((?:^|&& |; |\$ )make ([a-z][a-z-]*))");
  Findings findings;
  for (const File* document : documents()) {
    for (const Piece& piece : code_pieces(*document)) {
      std::smatch match;
      if (std::regex_search(piece.text, match, call) && !targets.contains(match[1]))
        findings.add(document->path, piece.line, "there is no make target " + match.str(1));
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Documents, links_lead_to_files) {
  const std::regex link(R"(\]\(([^)#:]+)(#[^)]*)?\))");
  const std::sregex_iterator end;
  const std::filesystem::path root = OPT_DATA_SOURCE_DIR;
  Findings findings;
  for (const File* document : documents()) {
    const std::filesystem::path folder = (root / document->path).parent_path();
    for (std::size_t i = 0; i < document->lines.size(); ++i) {
      const std::string& line = document->lines[i];
      for (std::sregex_iterator at(line.begin(), line.end(), link); at != end; ++at) {
        if (!std::filesystem::exists(folder / (*at)[1].str()))
          findings.add(document->path, i + 1, "the link leads nowhere: " + at->str(1));
      }
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

// As pages are shown: in lower case, with hyphens for spaces, without other signs.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char letter : heading.substr(heading.find(' ') + 1)) {
    if (letter == ' ') anchor += '-';
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_' ||
        static_cast<unsigned char>(letter) >= 0x80)
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return anchor;
}

TEST(Documents, links_lead_to_headings) {
  const std::regex link(R"(\]\(([^)#:]*)#([^)]+)\))");
  const std::sregex_iterator end;
  const std::filesystem::path root = OPT_DATA_SOURCE_DIR;
  Findings findings;
  for (const File* document : documents()) {
    const std::filesystem::path folder = (root / document->path).parent_path();
    for (std::sregex_iterator at(document->text.begin(), document->text.end(), link); at != end;
         ++at) {
      const std::string to = (*at)[1];
      const File& target =
          to.empty() ? *document
                     : file((folder / to).lexically_normal().lexically_relative(root).string());
      const bool found = std::ranges::any_of(target.lines, [&](const std::string& line) {
        return line.starts_with("#") && anchor_of(line) == (*at)[2];
      });
      if (!found)
        findings.add(
            document->path, line_of(document->text, static_cast<std::size_t>(at->position())),
            "there is no heading " + at->str(2));
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

// `section.key`, and "section.key_..." for those that begin so. Pages about scenario files and
// reports have words of their own in that form.
TEST(Documents, name_only_keys_of_the_configuration_that_exist) {
  std::set<std::string> sections, keys;
  std::string section;
  for (const std::string& line : file("config/opt-data.toml").lines) {
    std::smatch match;
    if (std::regex_match(line, match, std::regex(R"(\[([a-z]+)\])"))) section = match[1];
    if (!std::regex_search(line, match, std::regex("^([a-z_]+) ="))) continue;
    sections.insert(section);
    keys.insert(section + "." + match.str(1));
  }
  ASSERT_GT(keys.size(), 80U);
  const std::set<std::string> other_words{
      "docs/scenarios.md", "docs/reports.md", "docs/recordings.md"};
  const std::set<std::string> endings{"cc", "h", "md", "json", "csv", "toml", "sqlite", "sql"};
  const std::regex name(R"(^([a-z]+)\.([a-z_]+)(\.\.\.)?(?![\w/.(]))");
  Findings findings;
  for (const File* document : documents()) {
    if (other_words.contains(document->path)) continue;
    for (const Piece& piece : code_pieces(*document)) {
      std::smatch match;
      if (!std::regex_search(piece.text, match, name) || !sections.contains(match[1]) ||
          endings.contains(match[2]))
        continue;
      const std::string key = match.str(1) + "." + match.str(2);
      const auto at = keys.lower_bound(key);
      const bool known =
          match[3].matched ? at != keys.end() && at->starts_with(key) : keys.contains(key);
      if (!known) findings.add(document->path, piece.line, "there is no setting " + key);
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

// The level of every heading, and every command a reader may copy without its remark.
std::string outline(const File& document) {
  std::ostringstream outline;
  bool fenced = false;
  bool shell = false;
  for (const std::string& line : document.lines) {
    if (line.starts_with("```")) {
      fenced = !fenced;
      shell = fenced && (line == "```sh" || line == "```sql" || line == "```python");
    } else if (fenced && shell) {
      const std::string command = line.substr(0, std::min(line.find(" #"), line.size()));
      outline << command.substr(0, command.find_last_not_of(' ') + 1) << "\n";
    } else if (!fenced && line.starts_with("#")) {
      outline << line.substr(0, line.find(' ')) << "\n";
    }
  }
  return outline.str();
}

TEST(Documents, both_readmes_have_the_same_sections_and_commands) {
  EXPECT_EQ(outline(file("README.md")), outline(file("README.zh-CN.md")));
}

}  // namespace
}  // namespace opt_data::tidy
