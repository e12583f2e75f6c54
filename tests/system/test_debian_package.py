"""What is in the package for Debian; what apt does with it is in test_debian_install."""

from __future__ import annotations

import gzip
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from facedoor.config import file as config_file
from facedoor_deb.build import PAGE, assemble, build
from facedoor_deb.lock import lock_file, read_lock, requirements
from facedoor_deb.pip import PROCESSORS, PYTHONS, PackagingError, pip
from facedoor_deb.tree import SHELLS, lay_out, write_control
from facedoor_deb.wheels import own_wheel

CLONE = Path(__file__).parents[2]
TIME_S = 1_700_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files of a package, with packs and a wheel that are only names."""
    pack, other = tmp_path / "build" / "pack", tmp_path / "build" / "mobilefacenet"
    for folder in (pack, other):
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text("{}")
    wheel = tmp_path / "facedoor-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    folder = tmp_path / "root"
    folder.mkdir()
    lay_out(folder, CLONE, pack, [wheel], [other], version="0.1.0", time_s=TIME_S)
    write_control(folder, "0.1.0", "arm64")
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_program_models_and_files_for_systemd_are_where_debian_has_them(root: Path) -> None:
    for name in (
        "usr/lib/systemd/system/facedoor.service",
        "usr/lib/systemd/system/facedoor-dashboard.service",
        "usr/lib/sysusers.d/facedoor.conf",
        "usr/lib/sysusers.d/facedoor-dashboard.conf",
        "usr/lib/tmpfiles.d/facedoor-dashboard.conf",
        "usr/lib/tmpfiles.d/facedoor.conf",
        "usr/lib/udev/rules.d/60-facedoor.rules",
        "usr/share/facedoor/pack/manifest.json",
        "usr/share/facedoor/mobilefacenet/manifest.json",
        "usr/share/facedoor/wheels/facedoor-0.1.0-py3-none-any.whl",
        "usr/share/doc/facedoor/copyright",
        "usr/share/doc/facedoor/docs/backup.md",  # as messages name it
    ):
        assert (root / name).is_file(), name
    unit = (root / "usr/lib/systemd/system/facedoor.service").read_text()
    assert f"ExecStart={(root / 'usr/bin/facedoor').readlink()} run" in unit


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_man_reads_a_page_about_each_command_without_a_warning(root: Path) -> None:
    pages = {
        path.name: gzip.decompress(path.read_bytes()) for path in root.glob("usr/share/man/man1/*")
    }
    for name in ("facedoor.1.gz", "facedoor-relay-off.1.gz", "facedoor-broker-config.1.gz"):
        assert name in pages
    formatted = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou"],
        input=b"".join(pages.values()),
        capture_output=True,
        check=True,
    )
    assert formatted.stderr == b""
    shown = " ".join(formatted.stdout.decode().split())
    assert "facedoor\N{HYPHEN}people" not in shown  # a hyphen that nobody could paste
    assert "facedoor people rename [-h] [--config FILE] [--json] NAME NEW_NAME" in shown
    assert "--reason TEXT why, for the journal" in shown


def test_bash_completes_commands(root: Path) -> None:
    script = root / SHELLS[0]
    assert (root / SHELLS[1]).read_bytes() == script.read_bytes()
    asked = (
        f"facedoor() {{ {sys.executable} -m facedoor.cli.main; }}; . {script}; "
        "COMP_LINE='facedoor peo' COMP_POINT=12; _python_argcomplete facedoor; "
        "echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True)
    assert done.stdout.split() == ["people"], done.stderr


def test_nobody_but_root_writes_and_only_root_reads_credentials(root: Path) -> None:
    for path in root.rglob("*"):
        if not path.is_symlink():
            assert mode(path) & 0o022 == 0, path
    assert mode(root / "etc/facedoor/credentials") == 0o700
    assert mode(root / "usr/share/facedoor/facedoor.toml") == 0o644


def test_an_upgrade_never_asks_about_a_file(root: Path) -> None:
    assert not [path for path in (root / "etc").rglob("*") if path.is_file()]
    assert not (root / "DEBIAN/conffiles").exists()


def test_the_configuration_names_the_state_and_the_models_of_the_service(root: Path) -> None:
    settings = config_file.load(root / "usr/share/facedoor/facedoor.toml")
    assert settings.state_directory == Path("/var/lib/facedoor")
    assert settings.pack_directory == Path("/usr/share/facedoor/pack")
    assert settings.dashboard.folder == Path("/var/lib/facedoor-dashboard")


def test_nothing_tells_on_which_machine_it_was_built(root: Path, tmp_path: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()
            assert str(CLONE).encode() not in text, path
            assert str(tmp_path).encode() not in text, path


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_the_same_files_make_the_same_package(root: Path, tmp_path: Path) -> None:
    packages = [tmp_path / "first.deb", tmp_path / "second.deb"]
    for package in packages:
        assemble(root, package, TIME_S)
    assert packages[0].read_bytes() == packages[1].read_bytes()


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed")
def test_dpkg_reads_what_the_package_is_and_needs(root: Path, tmp_path: Path) -> None:
    assemble(root, tmp_path / "facedoor.deb", TIME_S)
    fields = ("Package", "Version", "Architecture", "Recommends")
    done = subprocess.run(
        ["dpkg-deb", "--field", tmp_path / "facedoor.deb", *fields],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "Package: facedoor",
        "Version: 0.1.0",
        "Architecture: arm64",
        "Recommends: python3-picamera2, python3-lgpio",
    ]


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_what_dpkg_runs_is_sound_shell(root: Path, script: str) -> None:
    assert mode(root / "DEBIAN" / script) == 0o755
    subprocess.run(["sh", "-n", root / "DEBIAN" / script], check=True)


def test_the_question_of_purge_is_the_one_that_is_explained(root: Path) -> None:
    (name,) = re.findall(r"Template: (\S+)", (root / "DEBIAN/templates").read_text())
    assert f"QUESTION={name}\n" in (root / "DEBIAN/postrm").read_text()


@pytest.mark.parametrize("lock", requirements())
def test_the_locks_hold_what_is_needed(lock: str) -> None:
    releases = dict(release.split("==") for release in read_lock(lock))
    for text in requirements()[lock]:
        need = Requirement(text)
        assert releases[need.name.lower()] in need.specifier, text


@pytest.mark.parametrize("lock", requirements())
def test_each_release_has_a_wheel_for_every_processor(lock: str) -> None:
    releases = read_lock(lock)
    for release, hashes in releases.items():
        assert len(hashes) in (1, len(PROCESSORS)), release  # one where nothing is machine code
    # The newest of a name that one processor has and another lacks would stand here twice.
    assert len({release.split("==")[0] for release in releases}) == len(releases)


def test_the_locks_name_no_index_and_no_folder() -> None:
    """So that a person's own index and proxy serve, and nothing tells where they were written."""
    for lock in requirements():
        for line in lock_file(lock).read_text().splitlines()[1:]:
            assert re.fullmatch(r"[\w.-]+==[\w.]+ \\| {4}--hash=sha256:\w{64}( \\)?", line), line


def test_debian_12_gets_the_numpy_that_its_picamera2_was_built_for() -> None:
    assert "numpy==1.26.4" in read_lock("door-3.11")


def test_both_pythons_share_the_largest_wheel() -> None:
    opencv = [
        {release for release in read_lock(f"door-{python}") if release.startswith("opencv")}
        for python in PYTHONS
    ]
    assert opencv[0] == opencv[1]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A clone with a bundle of the dashboard's page, which is only names."""
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules", "static")
    for folder in ("edge", "convert", "models"):
        shutil.copytree(CLONE / folder, clone / folder, ignore=ignored)
    for file in ("README.md", "LICENSE", "setup.py", "pyproject.toml"):
        shutil.copy(CLONE / file, clone)
    (clone / "edge" / "page" / "node_modules").mkdir(parents=True, exist_ok=True)
    (clone / "edge" / "page" / "node_modules" / "module.py").touch()
    (clone / PAGE).parent.mkdir()
    for name in (PAGE, PAGE.with_name("app-01234567.js")):
        (clone / name).write_text("page")
    return clone


def built(sources: Path) -> subprocess.CompletedProcess[str]:
    """The wheel, by the build tool that is installed here."""
    command = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir")
    return subprocess.run(
        [sys.executable, "-m", "pip", *command, sources.parent, sources],
        capture_output=True,
        text=True,
    )


def test_a_wheel_brings_page_and_recipes_and_nothing_that_it_is_made_of(sources: Path) -> None:
    done = built(sources)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(sources.parent / "facedoor-0.1.0-py3-none-any.whl") as archive:
        names = archive.namelist()
    page = {name for name in names if name.startswith("facedoor/dashboard/static/")}
    assert {Path(name).name for name in page} == {"index.html", "app-01234567.js"}
    assert "facedoor/dashboard/install/install.css" in names
    assert "facedoor/vision/covers.json" in names
    assert "facedoor/locale/de/LC_MESSAGES/facedoor.po" in names
    recipes = {f"facedoor_convert/recipes/{path.name}" for path in (CLONE / "models").iterdir()}
    assert recipes == {name for name in names if name.startswith("facedoor_convert/recipes/")}
    assert {name.split("/")[0] for name in names} == {
        *("facedoor", "facedoor_convert", "facedoor-0.1.0.dist-info")
    }


def test_a_wheel_without_the_page_is_none(sources: Path, tmp_path: Path) -> None:
    (sources / PAGE).unlink()
    done = built(sources)
    assert done.returncode != 0
    assert "the wheel would have no dashboard" in done.stderr
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "manifest.json").touch()
    with pytest.raises(PackagingError, match=f"make {PAGE}"):
        build(sources, "arm64", [tmp_path / "pack"], [], tmp_path, TIME_S)


def test_the_doors_own_wheel_has_no_converter(sources: Path, tmp_path: Path) -> None:
    build_tool = tmp_path / "tool"
    try:
        pip(["download", "--quiet", "--no-deps", "--dest", str(build_tool), "setuptools>=77"])
    except PackagingError as error:
        pytest.skip(f"no package index answers: {error}")
    wheel = own_wheel(sources, tmp_path, list(build_tool.glob("*.whl")), TIME_S)
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        commands = archive.read("facedoor-0.1.0.dist-info/entry_points.txt").decode()
        assert not [
            name for name in archive.namelist() if str(CLONE).encode() in archive.read(name)
        ]
    assert tops == {"facedoor", "facedoor-0.1.0.dist-info"}
    assert re.findall(r"^(\S+) =", commands, re.MULTILINE) == ["facedoor"]
