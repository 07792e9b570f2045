// Words that have no place here: orders, because the program cannot trade; unfinished work; and
// what holds on one machine or on one list only, which says nothing to whoever reads it.
#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tree.h"

namespace opt_data::tidy {
namespace {

struct Words {
  const char* why;
  bool any_case;  // then the words are in lower case
  std::vector<std::string_view> words;
};

const std::vector<Words> orders{
    {"an order message",
     true,
     {"placeorder", "place_order", "cancelorder", "cancel_order", "globalcancel", "global_cancel",
      "exerciseoptions", "exercise_options", "whatiforder", "reqopenorders", "reqallopenorders"}},
};

const std::vector<Words> unfinished{
    {"unfinished work; finish it, or say what holds",
     false,
     {"TODO", "FIXME", "XXX", "TBD", "HACK"}},
    {"unfinished work",
     true,
     {"not implemented", "not yet implemented", "unimplemented", "coming soon"}},
};

std::string lower(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// A word inside a longer one is another word; one that begins or ends with a sign has no such edge.
bool stands_alone(std::string_view text, std::size_t at, std::string_view word) {
  const std::size_t end = at + word.size();
  const bool before = at > 0 && is_letter(word.front()) && is_letter(text[at - 1]);
  const bool after = end < text.size() && is_letter(word.back()) && is_letter(text[end]);
  return !before && !after;
}

void find(const File& file, const std::vector<Words>& lists, Findings& findings) {
  const std::string lowered = lower(file.text);
  for (const Words& list : lists) {
    const std::string_view text = list.any_case ? lowered : file.text;
    for (const std::string_view word : list.words) {
      for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        if (stands_alone(text, at, word))
          findings.add(file.path, line_of(text, at), "'" + std::string(word) + "': " + list.why);
      }
    }
  }
}

bool is_this_list(const File& file) { return file.path == "tests/tidy/words_test.cc"; }

TEST(Words, no_code_can_send_an_order) {
  Findings findings;
  for (const File& file : project()) {
    if (file.under("src/") && !is_this_list(file)) find(file, orders, findings);
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Words, nothing_is_left_for_later) {
  Findings findings;
  for (const File& file : project()) {
    if (!is_this_list(file)) find(file, unfinished, findings);
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

// The places of one machine are no places on another, and a mirror of today may be gone tomorrow:
// what is installed is named by its package, and each tool knows where its packages come from.
TEST(Words, no_place_belongs_to_one_machine) {
  const std::regex folder(R"(["'`\s(=](/home|/Users|/root|/work|/mnt)/[A-Za-z0-9_.-]+/)");
  Findings findings;
  for (const File& file : project()) {
    const bool builds = file.path == "Makefile" || file.path == "CMakeLists.txt" ||
                        file.path.starts_with("package") || file.under("cmake/") ||
                        file.under("tools/");
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (std::regex_search(line, folder)) findings.add(file.path, i + 1, "somebody's folder");
      if (builds && line.find("://") != line.npos)
        findings.add(file.path, i + 1, "an address to download from");
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

// A number of somebody's list means nothing to a reader: say what it was about.
TEST(Words, no_number_stands_for_a_reason) {
  const std::regex number(R"(\bissues? #?[0-9]+\b)", std::regex::icase);
  Findings findings;
  for (const File& file : project()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (lower(line).find("issue") != line.npos && std::regex_search(line, number))
        findings.add(file.path, i + 1, line);
    }
  }
  EXPECT_TRUE(findings.none()) << findings.text();
}

TEST(Words, a_word_is_found_with_its_place) {
  File file;
  file.path = "src/a.cc";
  file.text = "int x;\nvoid placeOrder();\nvoid replaceOrder();\n";
  Findings findings;
  find(file, orders, findings);
  EXPECT_EQ(findings.text(), "\n  src/a.cc:2: 'placeorder': an order message");
}

}  // namespace
}  // namespace opt_data::tidy
