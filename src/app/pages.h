// What a package ships about the command line: a man page and completion for three shells.
//
// All of it is read from the parser itself, so that no page can know a verb or an option that the
// program does not have. Only the build makes these, never the program: see make_pages.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace opt_data::app {

struct PageOption {
  std::vector<std::string> names;    // "--date"; "-h" too.
  std::string value;                 // What it takes, "DATE" or "INT"; empty: it is a switch.
  std::vector<std::string> choices;  // All values there are; empty: anything.
  std::string standard;              // Its default; empty: none.
  std::string doc;
  bool file = false;  // The value may be a file or a folder.
};

struct PageVerb {
  std::string name;  // "sim day"; empty: the program.
  std::string doc;
  std::vector<std::string> words;  // What may follow: "serve", "list".
  std::vector<PageOption> options, positionals;
};

// The program first, then every verb before those inside it. --help is left out.
std::vector<PageVerb> page_verbs(const CLI::App& root);

// For man(1), in roff. `version` is "opt-data 0.1.0".
std::string man_page(const CLI::App& root, const std::string& version);

std::string bash_completion(const CLI::App& root);
std::string zsh_completion(const CLI::App& root);
std::string fish_completion(const CLI::App& root);

// The configuration that is installed below `etc`: every setting, with data and state below
// `state`, which is a folder of its own.
std::string installed_configuration(const std::string& etc, const std::string& state);

}  // namespace opt_data::app
