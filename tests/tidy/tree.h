// The project's own files as text, for the tests that read them.
//
// Only what people wrote: nothing that was built, downloaded or produced by a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace opt_data::tidy {

struct File {
  std::string path;  // from the root of the project, "src/base/error.h"
  std::string text;
  std::vector<std::string> lines;

  bool under(std::string_view folder) const { return path.starts_with(folder); }
  bool ends(std::string_view ending) const { return path.ends_with(ending); }
  bool is_header() const { return ends(".h"); }
  bool is_source() const { return ends(".cc"); }
  // A fixture is what several tests share: no library holds it.
  bool is_test() const { return ends("_test.cc") || ends("_fixture.h") || ends("_fixture.cc"); }
};

// Every text file of the project, in the order of their paths; read once.
const std::vector<File>& project();

// The file with this path. Without it the test that asks for it cannot run, and says so.
const File& file(std::string_view path);

// C++ with every comment and everything between quotes blanked; lines keep their numbers.
std::string code_only(std::string_view text);

// 1 for the first line.
std::size_t line_of(std::string_view text, std::size_t offset);

// "src/a.cc:12: what is wrong", one for each finding; empty when all is well.
class Findings {
 public:
  void add(std::string_view path, std::size_t line, std::string_view what);
  bool none() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace opt_data::tidy
