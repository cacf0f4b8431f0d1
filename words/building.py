"""Build the package with compiled catalogues; setuptools runs this for a wheel (pyproject.toml)."""

from __future__ import annotations

import runpy
from pathlib import Path

from setuptools.command.build_py import build_py

_COMPILING = Path(__file__).with_name("compiling.py")


class BuildWithCatalogues(build_py):  # type: ignore[misc]  # setuptools has no types
    """Write `messages.mo` beside the data of each language whose folder holds `.po` files."""

    def run(self) -> None:
        """Build as usual, then compile. An editable install reads the sources themselves."""
        super().run()
        if self.editable_mode:
            return
        # The packages being built are not importable here.
        compiled = runpy.run_path(str(_COMPILING))["compiled"]
        for package in self.packages or ():
            source = Path(self.get_package_dir(package))
            for folder in sorted(source.glob("*languages/*")):
                if sources := sorted(folder.glob("*.po")):
                    built = Path(self.build_lib, *package.split("."), folder.relative_to(source))
                    built.mkdir(parents=True, exist_ok=True)
                    (built / "messages.mo").write_bytes(compiled(sources))
