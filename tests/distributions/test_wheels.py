"""Both wheels, built and run as they are installed: by `python -I`, with nothing of the sources around."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from commands.main import COMMANDS, SIMULATED
from simulators.demo.station_file import write_station
from tests.distributions.test_rooms import ROOMS, ROOT, project
from tests.kiosk.station.office import TERMINAL, Office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SOURCES: Final = (*ROOMS, "simulators", "pyproject.toml", "README.md", "LICENSE", "NOTICE")
VERSION: Final = project("pyproject.toml")["version"]
OFFSCREEN: Final = {"QT_QPA_PLATFORM": "offscreen"}


HIDING: Final = """
import sys

class Hidden:
    names = frozenset({names})

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hidden())
"""


def needed(name: str) -> set[str]:
    """Return a distribution and all that it asks for, by their canonical names."""
    found, waiting = set[tuple[str, str]](), [(name, "")]
    while waiting:
        here, extra = canonicalize_name(waiting[-1][0]), waiting.pop()[1]
        if (here, extra) in found:
            continue
        found.add((here, extra))
        for line in map(Requirement, metadata.requires(here) or ()):
            if not line.marker or line.marker.evaluate({"extra": extra}):
                waiting += [(line.name, each) for each in ("", *line.extras)]
    return {here for here, _ in found}


def not_needed() -> set[str]:
    """Return the modules of this environment that neither project asks for."""
    wanted = needed("amin") | needed("amin-simulators")
    return {
        module
        for module, owners in metadata.packages_distributions().items()
        if wanted.isdisjoint(map(canonicalize_name, owners))
    }


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with the libraries that the projects need, and none of the projects."""

    folder: Path
    away: Path
    """An empty folder to run in."""

    @classmethod
    def make(cls, folder: Path, *wheels: Path) -> Environment:
        place = folder / "environment"
        command = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(place)]
        subprocess.run(command, check=True)
        found = Path(sysconfig.get_path("purelib", "venv", {"base": str(place)}))
        # A folder that a .pth file names is only added: the projects installed from their sources,
        # which have such files themselves, stay behind.
        lines = [sysconfig.get_path("purelib"), "import only_needed"]
        (found / "libraries.pth").write_text("\n".join(lines) + "\n")
        (found / "only_needed.py").write_text(HIDING.format(names=sorted(not_needed())))
        (folder / "away").mkdir()
        environment = cls(place, folder / "away")
        environment.install(*wheels)
        return environment

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def install(self, *wheels: Path) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "--quiet"]
        options = ["--no-deps", "--no-index", "--disable-pip-version-check"]
        subprocess.run([*pip, *options, *map(str, wheels)], check=True)

    def amin(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """As a unit starts it."""
        return self._run([str(self.python), "-I", "-m", "commands.main", *arguments], variables)

    def run_code(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run a program text in it."""
        return self._run([str(self.python), "-I", "-c", code], {"PYTHONUTF8": "1"})

    def script(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """As somebody types it."""
        return self._run([str(self.folder / "bin" / "amin"), *arguments], variables)

    def _run(
        self, command: list[str], variables: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.away,
            env={**os.environ, **OFFSCREEN, "PYTHONPATH": "", **variables},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """`amin` and `amin-simulators`, built from a copy: building leaves folders behind."""
    folder = tmp_path_factory.mktemp("wheels")
    tree = folder / "tree"
    tree.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=ignored)
        else:
            shutil.copyfile(ROOT / name, tree / name)
    made: list[Path] = []
    for name, project_folder in (("amin", tree), ("amin_simulators", tree / "simulators")):
        built = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
            + ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
            + [str(project_folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stdout + built.stderr
        made.append(folder / f"{name}-{VERSION}-py3-none-any.whl")
    return made[0], made[1]


@pytest.fixture(scope="module")
def alone(wheels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What a voting machine has."""
    return Environment.make(tmp_path_factory.mktemp("alone"), wheels[0])


@pytest.fixture(scope="module")
def both(wheels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment.make(tmp_path_factory.mktemp("both"), *wheels)


def listed(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def is_source(path: Path) -> bool:
    """Return whether something else is made of a file: the browser's page, the compiled core."""
    of_page = path.is_relative_to(ROOT / "headquarters" / "page") and path.name != "verify.html"
    return of_page or path.suffix == ".so"


def in_tree(*rooms: str) -> set[str]:
    """What a wheel of these rooms holds: catalogues are in it compiled, one for each language."""
    return {
        str((path.with_name("messages.mo") if path.suffix == ".po" else path).relative_to(ROOT))
        for room in rooms
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "build" not in path.parts
        if not is_source(path)
    }


def test_the_wheel_of_amin_is_its_rooms_and_nothing_else(wheels: tuple[Path, Path]) -> None:
    """No robot, socket reader, simulated person, benchmark or test: they are all elsewhere."""
    assert listed(wheels[0]) == in_tree(*ROOMS)


def test_the_wheel_of_the_simulators_has_all_of_them(wheels: tuple[Path, Path]) -> None:
    assert listed(wheels[1]) == in_tree("simulators") - {"simulators/pyproject.toml"}
    for name in ("robot", "readers", "people", "benchmarks/command", "demo/command"):
        assert f"simulators/{name}.py" in listed(wheels[1])


# ---------------------------------------------------------------- amin alone


@pytest.mark.parametrize("word", COMMANDS)
def test_amin_alone_answers(alone: Environment, word: str) -> None:
    done = alone.amin(word, "--help")
    assert done.returncode == 0, done.stderr
    assert f"Usage: amin {word}" in done.stdout


def test_compiled_catalogues_are_read(both: Environment) -> None:
    """No catalogue has to be parsed on a voting machine: Babel is not imported."""
    code = (
        "import sys\n"
        "from simulators.languages import bench_languages\n"
        "t = bench_languages().speaker(next(iter(bench_languages())).id)\n"
        "print(t('Branch'), t('Stop this step'), 'babel' in sys.modules)"
    )
    done = both.run_code(code)
    assert done.stdout.split("\n")[0].endswith("False"), done.stderr
    assert "شعبه" in done.stdout
    assert "Stop" not in done.stdout


def test_amin_alone_names_what_it_has_not(alone: Environment) -> None:
    for word in SIMULATED:
        done = alone.amin(word)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr == (
            f"Error: amin {word} comes with amin-simulators: "
            f"install amin-simulators {VERSION} beside amin\n"
        )
    helped = alone.amin("--help")
    assert helped.returncode == 0
    assert "  station " in helped.stdout
    assert "  demo " not in helped.stdout


def test_the_doctor_of_amin_alone(alone: Environment) -> None:
    done = alone.amin("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 0, findings
    assert findings["simulators"]["word"] == "absent"
    assert findings["virtual readers"]["word"] == "absent"
    assert findings["PySide6-Essentials"]["ok"]


def test_amin_alone_has_no_way_to_a_robot_or_a_socket(alone: Environment, tmp_path: Path) -> None:
    config = Office.open(tmp_path).configuration(TERMINAL, tmp_path / "terminal")
    write_station(config, tmp_path / "station.toml")
    command = ["station", "--config", str(tmp_path / "station.toml")]
    robot = alone.amin(*command, "--robot", str(tmp_path / "robot"))
    assert (robot.returncode, robot.stdout) == (2, "")
    assert "a robot comes with amin-simulators" in robot.stderr
    socket = alone.amin(*command)
    assert (socket.returncode, socket.stdout) == (2, "")
    assert "a card reader of kind socket comes with amin-simulators" in socket.stderr


def test_the_installed_script_is_isolated(alone: Environment, tmp_path: Path) -> None:
    """A folder on PYTHONPATH, or the current one, brings neither a module nor a distribution."""
    info = f"amin_simulators-{VERSION}.dist-info"
    for folder in (alone.away, tmp_path):
        (folder / "click.py").write_text("print('taken over')\n")
        (folder / info).mkdir()
        metadata = f"Metadata-Version: 2.1\nName: amin-simulators\nVersion: {VERSION}\n"
        (folder / info / "METADATA").write_text(metadata)
        (folder / info / "entry_points.txt").write_text("[amin.commands]\ndemo = click:demo\n")
    try:
        for run in (alone.script, alone.amin):
            assert (
                "Usage: amin station" in run("station", "--help", PYTHONPATH=str(tmp_path)).stdout
            )
            done = run("demo", PYTHONPATH=str(tmp_path))
            assert done.returncode == 2
            assert done.stdout == ""
            assert "comes with amin-simulators" in done.stderr
    finally:
        shutil.rmtree(alone.away / info)
        (alone.away / "click.py").unlink()


# ---------------------------------------------------------------- both


@pytest.mark.parametrize("word", SIMULATED)
def test_with_both_wheels_the_words_are_there(both: Environment, word: str) -> None:
    done = both.amin(word, "--help")
    assert done.returncode == 0, done.stderr
    assert f"Usage: amin {word}" in done.stdout


def test_with_both_wheels_a_day_can_be_played(both: Environment) -> None:
    """Isolated, from the installed files: nothing that a station needs is missing in the wheels."""
    done = both.script(
        "demo", "--headless", "--voters", "2", "--in-process", "--out", "day", "--json"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report["disagreements"] == []


def test_the_doctor_says_that_simulators_are_installed(both: Environment) -> None:
    done = both.amin("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert findings["simulators"]["word"] == "ok"
    assert "not installed" not in findings["virtual readers"]["detail"]


def test_what_the_wheels_do_not_need_is_hidden(both: Environment) -> None:
    """Of the extras only the registry's come with `pip install amin amin-simulators`: demos have one."""
    assert {"distributed", "pytest", "hypothesis"} <= not_needed()
    assert not not_needed() & {"PySide6", "cryptography", "click", "pydantic", "uvicorn", "asyncpg"}
    assert "No module named 'distributed'" in both.run_code("import distributed").stderr
