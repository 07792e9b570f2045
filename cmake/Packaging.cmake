# What is installed, and the Debian package: `make package`.
#
#   cmake --install build --prefix P    component `program`: the program, its library, recordings, pages
#   cpack in the build tree             that below /usr, and `system`: units, user, /etc/opt-data
#
# A DuckDB that came from npm is put into the package's own folder, where only this program looks.
set(OPT_DATA_MAINTAINER "the authors of opt-data <opt-data@localhost.localdomain>"
    CACHE STRING "Who answers for the package: Name <address>")
set(OPT_DATA_PACKAGE_RELEASE 1 CACHE STRING "Of the package, behind the version")
set(package_dir ${PROJECT_SOURCE_DIR}/packaging)
set(made ${PROJECT_BINARY_DIR}/packaging)

# ---- what is made

# Linked once more, because CMake would end the other program's library path with a colon, which means
# the folder one stands in, to have room for this one.
add_executable(opt_data_installed EXCLUDE_FROM_ALL src/app/main.cc)
target_link_libraries(opt_data_installed PRIVATE opt_data_app)
set_target_properties(
  opt_data_installed
  PROPERTIES OUTPUT_NAME opt-data RUNTIME_OUTPUT_DIRECTORY ${made}/bin BUILD_WITH_INSTALL_RPATH ON
             INSTALL_RPATH "$ORIGIN/../lib/opt-data")

add_custom_command(
  OUTPUT ${made}/opt-data.1 ${made}/opt-data.bash ${made}/_opt-data ${made}/opt-data.fish
         ${made}/opt-data.toml
  COMMAND opt_data_make_pages ${made} /etc/opt-data /var/lib/opt-data
  DEPENDS opt_data_make_pages)
find_program(GZIP gzip)
find_program(STRIP strip)
set(OPT_DATA_PACKAGE_VERSION ${PROJECT_VERSION}-${OPT_DATA_PACKAGE_RELEASE})
set(CPACK_PACKAGE_CONTACT ${OPT_DATA_MAINTAINER})
string(TIMESTAMP OPT_DATA_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${package_dir}/debian/changelog.in ${made}/changelog.Debian @ONLY)
# gzip -n writes no time, so that the same tree gives the same package.
add_custom_command(
  OUTPUT ${made}/opt-data.1.gz ${made}/changelog.gz ${made}/changelog.Debian.gz
  COMMAND ${GZIP} -9nc ${made}/opt-data.1 > ${made}/opt-data.1.gz
  COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md > ${made}/changelog.gz
  COMMAND ${GZIP} -9nc ${made}/changelog.Debian > ${made}/changelog.Debian.gz
  DEPENDS ${made}/opt-data.1 ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${made}/changelog.Debian)
set(files ${made}/opt-data.bash ${made}/opt-data.1.gz ${made}/changelog.gz)
if(DuckDB_ORIGIN STREQUAL npm)
  add_custom_command(
    OUTPUT ${made}/libduckdb.so
    COMMAND ${STRIP} --strip-unneeded --remove-section=.comment -o ${made}/libduckdb.so
            ${DuckDB_LIBRARY}
    DEPENDS ${DuckDB_LIBRARY})
  list(APPEND files ${made}/libduckdb.so)
endif()
add_custom_target(opt_data_packaging DEPENDS ${files})
add_dependencies(opt_data_packaging opt_data_installed)

file(READ ${package_dir}/systemd/sandbox.conf sandbox)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${package_dir}/systemd/sandbox.conf)
foreach(unit opt-data.service opt-data-day.service opt-data-serve.service)
  configure_file(${package_dir}/systemd/${unit}.in ${made}/systemd/${unit} @ONLY)
endforeach()
configure_file(${package_dir}/systemd/opt-data.timer ${made}/systemd/opt-data.timer COPYONLY)

# Each line indented by one, an empty line a dot: as Debian's copyright files have it.
set(duckdb_licence_file ${PROJECT_SOURCE_DIR}/node_modules/duckdb/LICENSE)
set(duckdb_licence " See the licence of the DuckDB that is installed.")
if(EXISTS ${duckdb_licence_file})
  file(READ ${duckdb_licence_file} duckdb_licence)
  string(STRIP "${duckdb_licence}" duckdb_licence)
  string(REPLACE "\n\n" "\n.\n" duckdb_licence "${duckdb_licence}")
  string(REPLACE "\n" "\n " duckdb_licence " ${duckdb_licence}")
endif()
configure_file(${package_dir}/debian/copyright.in ${made}/copyright @ONLY)

# ---- what is installed

# Nothing but what is installed has to be built for it.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
install(TARGETS opt_data_installed RUNTIME DESTINATION bin COMPONENT program)
if(DuckDB_ORIGIN STREQUAL npm)
  install(FILES ${made}/libduckdb.so DESTINATION lib/opt-data COMPONENT program)
endif()
install(
  DIRECTORY data/recordings DESTINATION share/opt-data COMPONENT program
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                        WORLD_EXECUTE
  PATTERN import EXCLUDE)
install(FILES config/grafana/opt-data.json DESTINATION share/opt-data/grafana COMPONENT program)
install(FILES ${made}/opt-data.1.gz DESTINATION share/man/man1 COMPONENT program)
install(FILES ${made}/opt-data.bash DESTINATION share/bash-completion/completions RENAME opt-data
        COMPONENT program)
install(FILES ${made}/_opt-data DESTINATION share/zsh/vendor-completions COMPONENT program)
install(FILES ${made}/opt-data.fish DESTINATION share/fish/vendor_completions.d COMPONENT program)
set(doc share/doc/opt-data)
install(FILES README.md README.zh-CN.md NOTICE ${made}/copyright ${made}/changelog.gz
        DESTINATION ${doc} COMPONENT program)
install(DIRECTORY docs/ DESTINATION ${doc}/docs COMPONENT program FILES_MATCHING PATTERN "*.md"
        PATTERN adr EXCLUDE)
# Whoever passes on what was compiled from headers passes on their licences too.
foreach(package libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libexpected-dev)
  if(EXISTS /usr/share/doc/${package}/copyright)
    install(FILES /usr/share/doc/${package}/copyright DESTINATION ${doc}/licences
            RENAME ${package}.txt COMPONENT program)
  endif()
endforeach()

install(FILES ${made}/changelog.Debian.gz DESTINATION /usr/${doc} COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${made}/systemd/opt-data.service ${made}/systemd/opt-data-day.service
              ${made}/systemd/opt-data-serve.service
              ${made}/systemd/opt-data.timer
        DESTINATION /lib/systemd/system COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${package_dir}/systemd/sysusers.conf DESTINATION /usr/lib/sysusers.d
        RENAME opt-data.conf COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${made}/opt-data.toml ${package_dir}/etc/closures.toml config/universe.csv
              config/corporate_actions.csv config/stages.toml
        DESTINATION /etc/opt-data COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${package_dir}/etc/environment DESTINATION /etc/opt-data PERMISSIONS OWNER_READ OWNER_WRITE
        COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${package_dir}/debian/lintian-overrides DESTINATION /usr/share/lintian/overrides
        RENAME opt-data COMPONENT system EXCLUDE_FROM_ALL)

# ---- the package

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME opt-data)
set(CPACK_PACKAGE_VENDOR "the authors of opt-data")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_CMAKE_PROJECTS
    "${PROJECT_BINARY_DIR};opt-data;program;/;${PROJECT_BINARY_DIR};opt-data;system;/")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${OPT_DATA_PACKAGE_RELEASE})
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "collector of US equity option chains, from Interactive Brokers
It asks an account of Interactive Brokers for every contract of every
half-hour slot of every trading day, keeps one row for each question, and
judges each day with PASS or FAIL. The data are open Parquet files. It
cannot trade: there is no order message in it.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The library is found where it comes from: no package holds it, this one excepted.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${made})
# The zones of the calendar, the certificates of webhooks, the user of the service.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "tzdata, ca-certificates, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
file(WRITE ${made}/conffiles
     "/etc/opt-data/closures.toml\n/etc/opt-data/corporate_actions.csv\n/etc/opt-data/environment\n"
     "/etc/opt-data/opt-data.toml\n/etc/opt-data/stages.toml\n/etc/opt-data/universe.csv\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${made}/conffiles ${package_dir}/debian/postinst ${package_dir}/debian/prerm
    ${package_dir}/debian/postrm)
include(CPack)
