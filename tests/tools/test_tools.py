"""The tools are found where they are, and named where they are missing."""
import shutil

import pytest

import course
from course import ROOT, build_folder
from doctored import BARE, BUILDS, Path


@pytest.fixture
def bare(empty_folder):
    return Path(empty_folder / "bin", BARE)


@pytest.fixture
def builder(empty_folder):
    return Path(empty_folder / "bin", BARE + BUILDS)


def fake_gcc(target):
    return f"[ \"$1\" = -dumpmachine ] && echo {target}"


def test_compilers_are_taken_in_the_promised_order(bare):
    """Each compiler that is added comes before those that were there."""
    assert bare.find("gcc") == ""
    bare.script("gcc", fake_gcc("x86_64-linux-gnu"))
    assert bare.find("gcc") == "gcc"
    bare.script("x86_64-linux-gnu-gcc", fake_gcc("x86_64-linux-gnu"))
    assert bare.find("gcc") == "x86_64-linux-gnu-gcc"
    built = Path(bare.folder / "toolchain" / "bin", [])
    built.script("x86_64-elf-gcc", fake_gcc("x86_64-elf"))
    assert bare.find("gcc") == f"{built.folder}/x86_64-elf-gcc"
    bare.script("x86_64-elf-gcc", fake_gcc("x86_64-elf"))
    assert bare.find("gcc") == "x86_64-elf-gcc"
    bare.script("my-gcc", fake_gcc("x86_64-elf"))
    assert bare.find("gcc", CROSS_COMPILE="my-") == "my-gcc"
    assert bare.find("gcc", CC="gcc") == "gcc"


@pytest.mark.parametrize("target", ["aarch64-linux-gnu", "arm64-apple-darwin23",
                                    "x86_64-apple-darwin23", "i686-linux-gnu",
                                    "x86_64-w64-mingw32"])
def test_a_compiler_for_another_target_is_not_taken(bare, target):
    bare.script("gcc", fake_gcc(target))
    assert bare.find("gcc") == ""
    result = bare.make("-C", "chapters/01-freestanding", "CC=gcc", build_folder())
    assert f"gcc makes programs for {target}, not for x86-64 ELF" in \
        result.stdout


@pytest.mark.parametrize("name", ["cc", "gcc-12", "x86_64-linux-gnu-gcc"])
def test_a_compiler_of_any_usual_name_builds(builder, name):
    for program in ("ld", "objcopy", "objdump"):
        builder.link(program, f"x86_64-linux-gnu-{program}")
    (builder.folder / name).unlink(missing_ok=True)
    builder.link("gcc", name)
    result = builder.make("-C", "chapters/02-boot", f"CC={name}", build_folder())
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_a_compiler_may_come_after_another_program(builder, name):
    builder.script("ccache", 'exec "$@"')
    if name == "clang":
        builder.link("clang")
        builder.link("ld.lld")
    result = builder.make("-C", "chapters/02-boot", f"CC=ccache {name}", build_folder())
    assert result.returncode == 0, result.stdout
    result = builder.make("-C", "chapters/02-boot", "CC=ccache nonsense")
    assert "there is no program ccache nonsense: check CROSS_COMPILE= or CC=" in result.stdout


def test_a_folder_of_grub_without_its_modules_is_not_taken(empty_folder):
    """Such as one that is left from a package that has been removed."""
    path = Path(empty_folder / "usr" / "bin", BARE + ["grub-mkrescue"])
    folder = path.folder.parent / "lib" / "grub" / "special-pc"
    folder.mkdir(parents=True)
    find = (". ./tools.sh && find_grub special-pc", "sh")
    assert path.run("sh", "-c", *find, cwd=ROOT / "common/host").stdout == ""
    (folder / "moddep.lst").touch()
    found = path.run("sh", "-c", *find, cwd=ROOT / "common/host").stdout.strip()
    assert found.endswith("/lib/grub/special-pc")


def test_the_build_speaks_english(builder):
    """A compiler that speaks French to those who want it, and its messages are read."""
    gcc = builder.folder / "gcc"
    real = gcc.resolve()
    gcc.unlink()
    builder.script("gcc", f'''case $LC_ALL,$LANGUAGE in
        C*,) ;;
        *) case $* in *" -c "*) echo "erreur : en français" >&2; exit 1 ;; esac ;;
        esac
        exec {real} "$@"''')
    shutil.rmtree(course.own_build(), ignore_errors=True)
    result = builder.make("-C", "chapters/02-boot", build_folder(),
                          env={"LC_ALL": "fr_FR.UTF-8", "LANGUAGE": "fr"})
    assert result.returncode == 0, result.stdout


def test_a_compiler_that_does_not_exist_is_named(builder):
    result = builder.make("-C", "chapters/01-freestanding",
                          "CROSS_COMPILE=my-", build_folder())
    assert result.returncode != 0
    assert "there is no program my-gcc: check CROSS_COMPILE= or CC=" in \
        result.stdout


@pytest.mark.parametrize("prefix", ["grub-", "grub2-", "x86_64-elf-grub-"])
def test_grub_is_found_under_its_three_names(empty_folder, prefix):
    path = Path(empty_folder / "bin",
                [tool for tool in BARE + BUILDS if not tool.startswith("grub")])
    for tool in ("mkrescue", "file"):
        path.link(f"grub-{tool}", prefix + tool)
    assert path.find("grub-mkrescue") == f"{prefix}mkrescue"
    result = path.make("-C", "chapters/01-freestanding", build_folder())
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("missing, package", [
    ("gcc", "gcc"), ("ld", "binutils"), ("nasm", "nasm"),
    ("grub-mkrescue", "grub-common"), ("grub-file", "grub-common"), ("xorriso", "xorriso")])
def test_build_names_the_missing_tool_and_its_package(
        empty_folder, missing, package):
    path = Path(empty_folder / "bin",
                [tool for tool in BARE + BUILDS if tool != missing])
    result = path.make("-C", "chapters/02-boot", build_folder())
    assert result.returncode != 0
    [line] = [line for line in result.stdout.splitlines() if "***" in line]
    assert f"*** {missing} is missing (" in line
    assert f"apt-get install --no-install-recommends {package}. " in line


@pytest.mark.parametrize("verb, missing, package", [
    ("run", "qemu", "qemu-system-x86"), ("run", "python3", "python3"),
    ("debug", "gdb", "gdb"), ("test", "qemu", "qemu-system-x86")])
def test_other_verbs_name_the_missing_tool_too(
        builder, verb, missing, package):
    for tool, program in (("qemu", "qemu-system-x86_64"),
                          ("python3", "/usr/bin/python3")):
        if tool != missing:
            builder.link(program, program.rpartition("/")[2])
    result = builder.make("-C", "chapters/01-freestanding", verb, build_folder())
    assert result.returncode != 0
    assert f"*** {missing} is missing (" in result.stdout
    assert f"install --no-install-recommends {package}. " in result.stdout


def test_verbs_that_need_no_tool_work_without_any(bare):
    for verb in ("help", "files", "clean"):
        result = bare.make("-C", "chapters/02-boot", verb, build_folder())
        assert result.returncode == 0, result.stdout
    assert bare.make("help").returncode == 0


def rows(output):
    """Returns doctor's table as {tool: line}."""
    return {line.split()[0]: line for line in output.splitlines()
            if not line.startswith((" ", "To ", "Every"))}


def test_doctor_names_what_is_missing(bare):
    result = bare.make("doctor")
    assert result.returncode != 0
    assert "MISSING" in rows(result.stdout)["nasm"]
    assert "make setup" in result.stdout
    [command] = [line for line in result.stdout.splitlines()
                 if "it runs" in line and " nasm " in line]
    assert "grub-pc-bin" in command and "shellcheck" not in command


def test_doctor_says_what_is_too_old(builder):
    builder.script("gcc", fake_gcc("x86_64-linux-gnu") + "|| echo 'gcc 8.3.0'")
    builder.script("nasm", "echo 'NASM version 2.14.02'")
    table = rows(builder.make("doctor").stdout)
    assert "TOO OLD" in table["gcc"] and " 8.3.0 " in table["gcc"]
    assert "TOO OLD" in table["nasm"] and " 2.14.02 " in table["nasm"]
    assert "ok" in table["ld"]


def test_doctor_is_content_with_this_machine():
    result = course.run("make", "doctor")
    assert result.stdout.endswith("Everything is there.\n")


def set_up(path, verb, candidate="echo '  Candidate: 1.0'"):
    """Runs a verb of setup, as root, with a package manager of our own. Returns how it
    went, and what apt-get was asked for. candidate: what apt-cache says of $2."""
    log = path.folder / "log"
    log.unlink(missing_ok=True)
    path.script("apt-get", f'echo "$@" >> "{log}"')
    path.script("apt-cache", candidate)
    path.script("id", "echo 0")
    result = path.make(verb, env={"LANG": "de_DE.UTF-8"})
    return result, log.read_text().splitlines()


def test_setup_installs_what_is_missing_and_then_nothing(builder):
    result, asked = set_up(builder, "setup")
    assert asked[0].startswith("update")
    packages = asked[1].split()
    assert asked[1].startswith("install -q -y --no-install-recommends ")
    assert "qemu-system-x86" in packages and "gdb" in packages
    assert len(packages) == len(set(packages))
    # What is there is left alone, and `setup` wants nothing of `setup-all`.
    assert "nasm" not in packages and "clang" not in packages
    assert "not good enough yet: qemu" in result.stdout


def test_setup_installs_a_compiler_although_another_would_do(builder):
    """The tests and the pages need MinGW, with clang and its linker there or not."""
    without = set_up(builder, "setup-all")[1]
    builder.script("clang", f'echo "{builder.folder}/lld-link"')
    builder.script("lld-link", "exit 0")
    for asked in (without, set_up(builder, "setup-all")[1]):
        assert "gcc-mingw-w64-x86-64-win32" in asked[1].split()


def test_another_ctags_does_not_do(builder):
    builder.script("ctags", "echo 'Exuberant Ctags 5.9'")
    assert builder.find("ctags") == ""
    builder.script("ctags-universal", "echo 'Universal Ctags 5.9'")
    assert builder.find("ctags") == "ctags-universal"


@pytest.mark.parametrize("system, packages", [
    ("VERSION_CODENAME=bookworm", ["binutils-source", "gcc-12-source"]),
    ("VERSION_CODENAME=trixie", ["curl", "curl"]),
    ("ID=ubuntu", ["curl", "curl"]),
])
def test_the_compiler_s_sources_come_as_packages_or_are_downloaded(
        bare, system, packages):
    release = bare.folder / "os-release"
    release.write_text(f"{system}\n")
    for tool, package in zip(["binutils-source", "gcc-source"], packages):
        result = bare.run("sh", ROOT / "common/host/tools.sh", "missing", tool,
                          env={"OS_RELEASE": str(release)})
        assert result.stdout.endswith(f" {package}\n"), result.stdout


def test_setup_leaves_out_what_the_system_does_not_have(builder):
    """In any language, but only what the kernels do without."""
    result, asked = set_up(builder, "setup-all", """
        word=Installationskandidat
        [ "$LC_ALL" != C ] || word=Candidate
        case $2 in
        chromium* | qemu-system-x86) echo "  $word: (none)" ;;
        *) echo "  $word: 1.0" ;;
        esac""")
    packages = asked[1].split()
    assert "setup: left out, because this system has no such package: chromium " \
        "chromium-driver\n" in result.stdout
    assert "chromium" not in packages
    assert "qemu-system-x86" in packages and "pandoc" in packages


def test_setup_does_nothing_where_everything_is():
    result = course.run("make", "setup", "setup-all")
    assert result.stdout == "setup: everything is there\n" * 2


@pytest.mark.parametrize("user, command", [
    (0, "apt-get install"), (1000, "sudo apt-get install")])
def test_the_command_to_install_has_sudo_where_needed(bare, user, command):
    bare.script("id", f"echo {user}")
    result = bare.run("sh", ROOT / "common/host/tools.sh", "missing", "nasm")
    assert f"this one with: {command} " in result.stdout


def test_setup_without_root_and_sudo_says_what_root_must_type(bare):
    bare.script("id", "echo 1000")
    result = bare.make("setup")
    assert result.returncode != 0
    assert "there is no sudo here. As root, type: apt-get install" in \
        result.stdout


@pytest.mark.parametrize("manager, command", [
    ("dnf", "dnf install grub2-tools-extra"), ("pacman", "pacman -S --needed grub"),
    ("brew", "brew install x86_64-elf-grub"),
    (None, "Install it with your package manager")])
def test_other_systems_get_their_own_command(bare, manager, command):
    (bare.folder / "apt-get").unlink()
    if manager:
        bare.script(manager, "exit 1")
    result = bare.run("sh", ROOT / "common/host/tools.sh", "missing",
                      "grub-mkrescue")
    assert command in result.stdout


def test_every_tool_of_the_list_has_all_columns_and_can_be_looked_for():
    head, *lines = [line.split("\t") for line in
                    (ROOT / "common/host/packages.tsv").read_text().splitlines()
                    if not line.startswith("#")]
    assert {len(line) for line in lines} == {len(head)}
    assert all(all(line) for line in lines)
    script = (ROOT / "common/host/tools.sh").read_text()
    for line in lines:
        kind = line[head.index("how")].partition(":")[0]
        assert f"\nfind_{kind}() {{\n" in script, line[0]
