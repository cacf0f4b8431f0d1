"""What nginx is given: filled in whole, readable for whom it is, and no word that it reads as more."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from election.errors import ElectionError
from registry.front import NGINX_FILE, Front, write_front
from registry.running import Keys
from simulators.registry.centre import Centre, centre
from tests.needs import missing

NGINX = Path("/usr/sbin/nginx")


@pytest.fixture(scope="module")
def world() -> Centre:
    return centre()


def written(
    world: Centre, folder: Path, listen: str = "8443", nginx: str = "", processes: int = 1
) -> str:
    front = Front(Path(nginx) if nginx else folder / "nginx", listen, processes)
    write_front(folder, world.published, Keys(*world.signer("registry")), front)
    return (folder / NGINX_FILE).read_text()


def test_nothing_is_left_to_fill_in(world: Centre, tmp_path: Path) -> None:
    text = written(world, tmp_path)
    assert "@" not in text
    assert "listen 8443 ssl" in text
    assert {x.name for x in tmp_path.iterdir()} == {NGINX_FILE, "tls.pem", "tls.key", "root.pem"}
    assert {stat.S_IMODE(x.stat().st_mode) for x in tmp_path.iterdir()} == {0o640}


def test_every_process_is_asked(world: Centre, tmp_path: Path) -> None:
    text = written(world, tmp_path, processes=3)
    assert text.count(f"server unix:{tmp_path}/socket") == 3


@pytest.mark.parametrize("listen", ["8443", "127.0.0.1:8443", "[::1]:8443"])
def test_nginx_takes_it(world: Centre, tmp_path: Path, listen: str) -> None:
    if not NGINX.exists():
        missing("nginx is not installed")
    written(world, tmp_path, listen)
    (tmp_path / "nginx").mkdir()
    words = [str(NGINX), "-t", "-e", "stderr", "-c", str(tmp_path / NGINX_FILE)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "listen",
    [
        pytest.param("9" * 5000, id="thousands of digits"),
        "",
        "0",
        "65536",
        "a",
        "80;",
        "80 default",
        "::1:80 ",
        "x y:80",
        "a;b:80",
        "$h:80",
        ":80",
        "۸۰",
    ],
)
def test_an_address_is_nothing_else(world: Centre, tmp_path: Path, listen: str) -> None:
    with pytest.raises(ElectionError):
        written(world, tmp_path, listen)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "path", ["s", "/run/a;b", "/run/a b", "/run/$x", '/run/"', "/run/\n", "/ر"]
)
def test_a_path_is_nothing_else(world: Centre, tmp_path: Path, path: str) -> None:
    with pytest.raises(ElectionError):
        written(world, tmp_path, nginx=path)
    assert not list(tmp_path.iterdir())
