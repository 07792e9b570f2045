#include "tree.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace opt_data::tidy {
namespace {

namespace fs = std::filesystem;

// Folders at the root that hold what was built, downloaded or produced by a run.
constexpr std::array<std::string_view, 7> not_ours{
    ".git", "build", "node_modules", "data", "data_test", "state_test", "demo"};

constexpr std::array<std::string_view, 18> text_endings{
    ".h",  ".cc",  ".cmake", ".txt", ".md", ".sh", ".sql",  ".toml",  ".json",
    ".py", ".mjs", ".js",    ".yml", ".ts", ".in", ".conf", ".timer", ".plist"};
constexpr std::array<std::string_view, 13> text_names{
    "Makefile",    "LICENSE",    "NOTICE", "run",        ".clang-format",
    ".clang-tidy", ".gitignore", ".npmrc", "CODEOWNERS", "Dockerfile",
    "postinst",    "prerm",      "postrm"};

bool is_text(const fs::path& path) {
  const std::string name = path.filename().string();
  return std::ranges::find(text_names, name) != text_names.end() ||
         std::ranges::any_of(
             text_endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

File read(const fs::path& root, const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  File read;
  read.path = fs::relative(path, root).generic_string();
  read.text.assign(std::istreambuf_iterator<char>(in), {});
  std::istringstream lines(read.text);
  for (std::string line; std::getline(lines, line);) read.lines.push_back(line);
  return read;
}

std::vector<File> read_project() {
  const fs::path root = OPT_DATA_SOURCE_DIR;
  std::vector<File> files;
  for (fs::recursive_directory_iterator at(root), end; at != end; ++at) {
    const std::string name = at->path().filename().string();
    if (at->is_directory()) {
      const bool skipped =
          (at.depth() == 0 && std::ranges::find(not_ours, name) != not_ours.end()) ||
          name == "__pycache__" || name == "node_modules";
      if (skipped) at.disable_recursion_pending();
    } else if (at->is_regular_file() && is_text(at->path())) {
      files.push_back(read(root, at->path()));
    }
  }
  std::ranges::sort(files, {}, &File::path);
  return files;
}

// Where the literal or comment that starts at `from` ends, or `from` if none starts there.
std::size_t end_of_hidden(std::string_view text, std::size_t from) {
  const auto after = [&](std::string_view closing, std::size_t start) {
    const std::size_t found = text.find(closing, start);
    return found == std::string_view::npos ? text.size() : found + closing.size();
  };
  const std::string_view rest = text.substr(from);
  if (rest.starts_with("//")) return std::min(text.find('\n', from), text.size());
  if (rest.starts_with("/*")) return after("*/", from + 2);
  if (rest.starts_with("R\"")) {
    const std::size_t open = text.find('(', from);
    if (open == std::string_view::npos) return text.size();
    const std::string closing = ")" + std::string(text.substr(from + 2, open - from - 2)) + "\"";
    return after(closing, open);
  }
  const char quote = rest.front();
  // An apostrophe between digits groups them: 1'000'000.
  const bool grouping = quote == '\'' && from > 0 && std::isalnum(text[from - 1]) != 0;
  if ((quote != '"' && quote != '\'') || grouping) return from;
  std::size_t at = from + 1;
  while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

}  // namespace

const std::vector<File>& project() {
  static const std::vector<File> files = read_project();
  return files;
}

const File& file(std::string_view path) {
  const auto found = std::ranges::find(project(), path, &File::path);
  if (found == project().end()) throw std::runtime_error("there is no " + std::string(path));
  return *found;
}

std::string code_only(std::string_view text) {
  std::string code(text);
  for (std::size_t at = 0; at < code.size();) {
    const std::size_t end = end_of_hidden(text, at);
    for (std::size_t hidden = at; hidden < end; ++hidden) {
      if (code[hidden] != '\n') code[hidden] = ' ';
    }
    at = std::max(end, at + 1);
  }
  return code;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

void Findings::add(std::string_view path, std::size_t line, std::string_view what) {
  text_ += "\n  " + std::string(path) + ":" + std::to_string(line) + ": " + std::string(what);
}

}  // namespace opt_data::tidy
