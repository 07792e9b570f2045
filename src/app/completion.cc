// Completion for bash, zsh and fish. Each finds the verb it stands in, then offers what that verb
// knows.
#include <fmt/format.h>

#include "app/pages.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

// "--date" and "--no-allow-delayed" of a verb, and those of the program, which every verb takes.
std::vector<PageOption> options_at(const PageVerb& verb, const PageVerb& program) {
  std::vector<PageOption> out = verb.options;
  if (!verb.name.empty()) out.insert(out.end(), program.options.begin(), program.options.end());
  out.push_back(PageOption{{"--help"}, "", {}, "", "Say what it takes", false});
  return out;
}

bool takes_file(const PageVerb& verb) {
  for (const PageOption& positional : verb.positionals)
    if (positional.file) return true;
  return false;
}

// Between single quotes, for bash and zsh.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// fish knows backslashes between single quotes.
std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// " demo"|"sim serve"): what is a verb behind the verb in front of it.
std::string verb_patterns(const std::vector<PageVerb>& all) {
  std::vector<std::string> patterns;
  for (const PageVerb& verb : all)
    for (const std::string& word : verb.words)
      patterns.push_back(fmt::format("\"{} {}\"", verb.name, word));
  return join(patterns, " | ");
}

// One branch for each option of `verb` that takes a value.
std::string value_branches(
    const PageVerb& verb, const PageVerb& program, const std::string& files,
    const std::string& choices) {
  std::string out;
  for (const PageOption& option : options_at(verb, program)) {
    if (option.value.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names)
      patterns.push_back(fmt::format("\"{}|{}\"", verb.name, name));
    const std::string does = !option.choices.empty()
                                 ? fmt::format(fmt::runtime(choices), join(option.choices, " "))
                             : option.file ? files
                                           : ":";
    out += fmt::format("    {}) {}; return ;;\n", join(patterns, " | "), does);
  }
  return out;
}

constexpr std::string_view bash_head = R"(# bash completion for opt-data
# Made from the program's own parser; do not edit.
_opt_data() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
  local verb="" words="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$verb ${{COMP_WORDS[i]}}" in
      {}) verb="${{verb:+$verb }}${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$verb|$previous" in
)";

constexpr std::string_view zsh_head = R"(#compdef opt-data
# Made from the program's own parser; do not edit.
_opt_data() {{
  local verb="" word
  local -a known
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    case "$verb $word" in
      {}) verb="${{verb:+$verb }}$word" ;;
    esac
  done
  case "$verb|${{words[CURRENT-1]}}" in
)";

constexpr std::string_view fish_head = R"(# fish completion for opt-data
# Made from the program's own parser; do not edit.
function __opt_data_at
    set -l verb ''
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$verb $word")
        contains -- $next $__opt_data_verbs; and set verb $next
    end
    test "$verb" = "$argv"
end
complete -c opt-data -f
)";

}  // namespace

std::string bash_completion(const CLI::App& root) {
  const std::vector<PageVerb> all = page_verbs(root);
  std::string out = fmt::format(bash_head, verb_patterns(all));
  for (const PageVerb& verb : all)
    out += value_branches(
        verb, all.front(), R"(COMPREPLY=($(compgen -f -- "$current")))",
        R"(COMPREPLY=($(compgen -W "{}" -- "$current")))");
  out += "  esac\n  case \"$verb\" in\n";
  for (const PageVerb& verb : all) {
    std::vector<std::string> words = verb.words;
    for (const PageOption& option : options_at(verb, all.front()))
      words.insert(words.end(), option.names.begin(), option.names.end());
    out += fmt::format("    \"{}\") words=\"{}\" ;;\n", verb.name, join(words, " "));
  }
  out += "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n";
  std::vector<std::string> readers;
  for (const PageVerb& verb : all)
    if (takes_file(verb)) readers.push_back(fmt::format("\"{}\"", verb.name));
  if (!readers.empty())
    out += fmt::format(
        "  case \"$verb\" in\n    {}) COMPREPLY+=($(compgen -f -- \"$current\")) ;;\n  esac\n",
        join(readers, " | "));
  return out + "}\ncomplete -o filenames -F _opt_data opt-data\n";
}

std::string zsh_completion(const CLI::App& root) {
  const std::vector<PageVerb> all = page_verbs(root);
  const auto entry = [](const std::string& word, const std::string& doc) {
    return " " + quoted(word + ":" + doc);
  };
  std::string out = fmt::format(zsh_head, verb_patterns(all));
  for (const PageVerb& verb : all)
    out += value_branches(verb, all.front(), "_files", "compadd -- {}");
  out += "  esac\n  case \"$verb\" in\n";
  for (const PageVerb& verb : all) {
    out += fmt::format("    \"{}\") known=(", verb.name);
    for (const PageVerb& inner : all)
      for (const std::string& word : verb.words)
        if (inner.name == (verb.name.empty() ? word : verb.name + " " + word))
          out += entry(word, inner.doc);
    for (const PageOption& option : options_at(verb, all.front()))
      for (const std::string& name : option.names) out += entry(name, option.doc);
    out += fmt::format(" ){} ;;\n", takes_file(verb) ? "; _files" : "");
  }
  return out + "  esac\n  _describe 'opt-data' known\n}\n_opt_data \"$@\"\n";
}

std::string fish_completion(const CLI::App& root) {
  const std::vector<PageVerb> all = page_verbs(root);
  std::string out = "set -g __opt_data_verbs";
  for (const PageVerb& verb : all)
    if (!verb.name.empty()) out += " " + fish_quoted(verb.name);
  out = std::string(fish_head) + out + "\n";
  for (const PageVerb& verb : all) {
    const std::string at = fmt::format("complete -c opt-data -n '__opt_data_at \"{}\"'", verb.name);
    for (const PageVerb& inner : all)
      for (const std::string& word : verb.words)
        if (inner.name == (verb.name.empty() ? word : verb.name + " " + word))
          out += fmt::format("{} -a {} -d {}\n", at, word, fish_quoted(inner.doc));
    for (const PageOption& option : options_at(verb, all.front())) {
      out += at;
      for (const std::string& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.choices.empty())
        out += fmt::format(" -x -a {}", fish_quoted(join(option.choices, " ")));
      else if (!option.value.empty())
        out += option.file ? " -r -F" : " -x";
      out += fmt::format(" -d {}\n", fish_quoted(option.doc));
    }
    if (takes_file(verb)) out += at + " -F\n";
  }
  return out;
}

}  // namespace opt_data::app
