# Writes the file IN as a string constant NAME into the header OUT.
file(READ ${IN} text)
file(
  WRITE ${OUT}
  "// Made from ${NAME}; do not edit.\n#pragma once\n\n#include <string_view>\n\n"
  "namespace opt_data::embedded {\n\ninline constexpr std::string_view ${NAME} = R\"~~~(${text})~~~\";\n\n"
  "}  // namespace opt_data::embedded\n")
