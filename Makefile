# The commands a person types. What they do is in tools/ and in CMakePresets.json.

JOBS ?= $(shell nproc)

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs bench soak fuzz live-smoke sanitize tsan package package-test clean distclean setup-demo setup-test

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: setup-demo ## install what is missing, build, run one recorded trading day to its verdict
	@$(call configure,release,build)
	@cmake --build build --target opt-data -j $(JOBS)
	@build/opt-data demo $(ARGS)

test: setup-test ## install what the tests need, build everything, run every test
	@$(call configure,test,build/test)
	@cmake --build build/test -j $(JOBS)
	@ctest --preset test -j $(JOBS)

lint: setup-test ## check layout, clang-tidy on changed files (ALL=1: every file), and the tidy tests
	@tools/lint.sh $(if $(ALL),all,changed)
	@$(call configure,test,build/test)
	@cmake --build build/test --target opt_data_tidy_test -j $(JOBS)
	@ctest --preset test -R '^tidy$$'

format: setup-test ## lay out every C++ file
	@tools/lint.sh format

docs: setup-test ## write the tables of docs/configuration.md from the program's own
	@$(call configure,test,build/test)
	@cmake --build build/test --target opt_data_app_test -j $(JOBS)
	@OPT_DATA_WRITE_DOCS=1 build/test/src/app/opt_data_app_test --gtest_brief --gtest_filter='ConfigurationPage.has*'

bench: setup-test ## build and run every benchmark (ARGS="--large --build" for all of them)
	@$(call configure,bench,build/bench)
	@cmake --build build/bench -j $(JOBS)
	@node tools/bench.mjs build/bench $(ARGS)

soak: setup-test ## run every test again and again from fresh seeds (MINUTES=30)
	@$(call configure,test,build/test)
	@cmake --build build/test -j $(JOBS)
	@tools/soak.sh build/test $(or $(MINUTES),30) $(JOBS)

fuzz: setup-test ## run every fuzzer for MINUTES=10 (TARGETS="session config" for some)
	@$(call configure,test,build/test)
	@cmake --build build/test --target opt_data_fuzz -j $(JOBS)
	@tools/fuzz.sh build/test/tests/fuzz $(or $(MINUTES),10) $(JOBS) $(TARGETS)

live-smoke: setup-demo ## ask a real gateway for one slot of SYMBOL=SPY and record it (GATEWAY=127.0.0.1:4002)
	@$(call configure,release,build)
	@cmake --build build --target opt-data -j $(JOBS)
	@SYMBOL=$(or $(SYMBOL),SPY) DIR=$(DIR) tools/live_smoke.sh build/opt-data $(or $(GATEWAY),127.0.0.1:4002)

sanitize: setup-test ## the simulated days and what parses bytes, under the address and undefined-behaviour sanitizers
	@$(call configure,sanitize,build/sanitize)
	@cmake --build --preset sanitize -j $(JOBS)
	@ctest --preset sanitize -j $(JOBS)

tsan: setup-test ## what other threads may call, under the thread sanitizer
	@$(call configure,tsan,build/tsan)
	@cmake --build --preset tsan -j $(JOBS)
	@ctest --preset tsan -j $(JOBS)

package: setup-package ## the Debian package, build/package/opt-data_*.deb
	@$(call configure,release,build)
	@cmake --build build --target opt_data_packaging -j $(JOBS)
	@rm -f build/package/*.deb
	@cd build && cpack

package-test: package ## install the package in a clean Debian 12, use it, remove it; as root, with mmdebstrap
	@tools/package_test.sh build/package/opt-data_*.deb

clean: ## remove what was built; what was downloaded stays
	@test ! -d build || find build -mindepth 1 -maxdepth 1 ! -name referees -exec rm -rf {} +

distclean: ## remove what was built and what was downloaded
	@rm -rf build node_modules

setup-demo:
	@tools/setup.sh demo

setup-test:
	@tools/setup.sh test

setup-package:
	@tools/setup.sh package

# A tree that is configured looks after itself: Ninja calls CMake when a build file has changed.
configure = test -e $(2)/build.ninja || cmake --preset $(1)
