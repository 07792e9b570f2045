#include "app/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/config.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

// CLI11 writes the values of a closed set as "TEXT:{a,b}".
std::vector<std::string> choices_of(const std::string& type) {
  const std::size_t open = type.find('{'), close = type.find('}');
  std::vector<std::string> out;
  if (open == std::string::npos || close == std::string::npos) return out;
  const std::string inside = type.substr(open + 1, close - open - 1);
  for (const std::string_view each : split(inside, ',')) out.emplace_back(trim(each));
  return out;
}

std::string value_of(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  const std::string type = option.get_type_name();
  const std::string word = type.substr(0, type.find_first_of(":["));
  return word.empty() ? "VALUE" : word;
}

PageOption page_option(const CLI::Option& option) {
  PageOption out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (out.names.empty()) out.names.push_back(option.get_name(true));
  out.value = value_of(option);
  out.choices = choices_of(option.get_type_name());
  out.standard = out.value.empty() ? "" : option.get_default_str();
  out.doc = option.get_description();
  if (out.names.back() == "--date") out.choices = {"today", "yesterday"};
  out.file = out.value == "TEXT" && out.choices.empty();
  return out;
}

// The options of a group are those of its verb.
void collect_options(const CLI::App& app, PageVerb& verb) {
  for (const CLI::Option* option : app.get_options({})) {
    if (option->get_group().empty() || option == app.get_help_ptr()) continue;
    (option->nonpositional() ? verb.options : verb.positionals).push_back(page_option(*option));
  }
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; }))
    if (inner->get_name().empty()) collect_options(*inner, verb);
}

void collect_verbs(const CLI::App& app, const std::string& name, std::vector<PageVerb>& all) {
  PageVerb verb{name, app.get_description(), {}, {}, {}};
  collect_options(app, verb);
  std::vector<const CLI::App*> inside;
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (inner->get_name().empty() || inner->get_group().empty()) continue;
    verb.words.push_back(inner->get_name());
    inside.push_back(inner);
  }
  all.push_back(std::move(verb));
  for (const CLI::App* inner : inside)
    collect_verbs(*inner, name.empty() ? inner->get_name() : name + " " + inner->get_name(), all);
}

// ---- man

std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
      continue;
    }
    // A hyphen that is not written so becomes a dash that no shell understands.
    if (c == '-') out += '\\';
    // A line that begins with these would be a request.
    if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
    out += c;
  }
  return out;
}

std::string man_option(const PageOption& option) {
  std::string head;
  for (const std::string& name : option.names) {
    head += (head.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
    if (!option.value.empty() && name.starts_with("-"))
      head += " \\fI" + roff(option.value) + "\\fR";
  }
  std::string body = roff(option.doc);
  if (!option.choices.empty()) body += roff(fmt::format(" ({})", join(option.choices, ", ")));
  if (!option.standard.empty()) body += roff(fmt::format(" [default: {}]", option.standard));
  return fmt::format(".TP\n{}\n{}\n", head, body.empty() ? "\\&" : body);
}

std::string man_verb(const PageVerb& verb) {
  std::string out = fmt::format(".SS \"opt\\-data {}\"\n{}.\n", roff(verb.name), roff(verb.doc));
  if (!verb.words.empty())
    out += fmt::format("Followed by one of: {}.\n", roff(join(verb.words, ", ")));
  for (const PageOption& option : verb.positionals) out += man_option(option);
  for (const PageOption& option : verb.options) out += man_option(option);
  return out;
}

constexpr std::string_view man_end = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
The answer is no: FAIL, refused, lost.
.TP
.B 2
Wrong usage or configuration.
.TP
.B 3
Done in part.
.SH ENVIRONMENT
.TP
.B OPT_DATA_CONFIG
The configuration file, where \fB\-\-config\fR names none.
.TP
.B OPT_DATA_RECORDINGS
The folder of the recordings, where it is not the one that was installed.
.TP
.B OPT_DATA_\fISECTION\fR_\fIKEY\fR
Stands above the same setting of the configuration file: OPT_DATA_GATEWAY_PORT=4001.
.SH FILES
.TP
.I /etc/opt\-data/opt\-data.toml
The configuration of the service, and of everybody who names no other.
.TP
.I /etc/opt\-data/environment
Settings that are secret, for the service alone.
.TP
.I /var/lib/opt\-data
Dataset, ledger and logs of the service.
.SH SEE ALSO
.BR systemctl (1),
.BR journalctl (1)
.PP
More is in
.IR /usr/share/doc/opt\-data .
)";

}  // namespace

std::vector<PageVerb> page_verbs(const CLI::App& root) {
  std::vector<PageVerb> all;
  collect_verbs(root, "", all);
  return all;
}

std::string man_page(const CLI::App& root, const std::string& version) {
  const std::vector<PageVerb> all = page_verbs(root);
  const PageVerb& program = all.front();
  const std::size_t end = program.doc.find('\n');
  std::string summary = program.doc.substr(0, end);
  if (summary.ends_with('.')) summary.pop_back();
  std::string out = fmt::format(
      ".\\\" Made from the program's own parser; do not edit.\n.TH OPT\\-DATA 1 \"\" \"{}\" \"User "
      "Commands\"\n.SH NAME\nopt\\-data \\- {}\n.SH SYNOPSIS\n.B opt\\-data\n[\\fIOPTIONS\\fR] "
      "\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n{}\n.PP\nEvery command takes "
      "\\fB\\-\\-help\\fR.\n.SH OPTIONS\n",
      roff(version), roff(summary), roff(program.doc));
  for (const PageOption& option : program.options) out += man_option(option);
  out += ".SH COMMANDS\n";
  for (const PageVerb& verb : all)
    if (!verb.name.empty()) out += man_verb(verb);
  return out + std::string(man_end);
}

std::string installed_configuration(const std::string& etc, const std::string& state) {
  return config_template(
      {{"paths.raw", state + "/data/raw/ib/chain"},
       {"paths.clean", state + "/data/clean/ib/chain"},
       {"paths.state", state + "/state"},
       {"paths.contracts_cache", state + "/state/contracts_cache"},
       {"paths.run_logs", state + "/state/run_logs"},
       {"universe.file", etc + "/universe.csv"},
       {"reference.corporate_actions", etc + "/corporate_actions.csv"},
       {"reference.closures", etc + "/closures.toml"},
       {"stages.file", etc + "/stages.toml"}},
      "opt-data: every setting of the service, at its default but for the paths. What is secret\n"
      "(webhooks) belongs into the file `environment` beside this one, which others cannot read.");
}

}  // namespace opt_data::app
