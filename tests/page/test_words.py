"""What the page says, it says in both languages, and of every reason."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.page.rules import TAMPERED
from tests.trust.attacks.all_attacks import ATTACKS

SOURCE = Path("headquarters/page/src/words.mjs").resolve()
PLACE = re.compile(r"\{\w+\}")


def words() -> dict[str, Any]:
    """Return the page's words by language."""
    node = shutil.which("node")
    assert node is not None
    script = f"import {{ WORDS }} from {str(SOURCE)!r}; console.log(JSON.stringify(WORDS));"
    command = [node, "--input-type=module", "--eval", script]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


def test_both_languages_say_the_same_things() -> None:
    persian, english = words()["fa"], words()["en"]
    assert persian.keys() == english.keys()
    assert persian["reasons"].keys() == english["reasons"].keys()
    for key in english.keys() - {"reasons"}:
        found, wanted = PLACE.findall(persian[key]), PLACE.findall(english[key])
        assert sorted(found) == sorted(wanted), key


def test_every_reason_has_a_sentence() -> None:
    """Its own, or that of its kind: nobody reads a bare word."""
    manifests = (json.loads(path.read_bytes()) for path in TAMPERED.glob("*/manifest.json"))
    reasons = {attack.reason for attack in ATTACKS}
    reasons |= {str(one) for said in manifests for one in said["expected"]["reasons"]}
    for language, said in words().items():
        sentences = said["reasons"]
        bare = {one for one in reasons if one not in sentences}
        bare = {one for one in bare if one.split("-")[0] + "-" not in sentences}
        assert bare == set(), language
