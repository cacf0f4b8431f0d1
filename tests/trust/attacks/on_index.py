"""Attack the index and its chain: what headquarters alone can write again after the day."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

from crypto.hybrid import HybridKey
from election.definition import Role
from election.lots import LotKind
from headquarters.index_document import CONTEXT, INDEX_FILE
from tests.trust.attacks.on_lots import VALUE, draw_with, put_lot
from tests.trust.attacks.publication import Publication
from tests.trust.attacks.table import Attack, F, H, Json, gone, replaced


def _drop_batch(branch: int, *, interim: bool) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        place = site.supplement(branch).parent

        def change(index: Json) -> None:
            index["batches"] = [b for b in index["batches"] if b["name"] != place.name]
            index["interim"] = interim
            index["ballots"] = sum(b["ballots"] for b in index["batches"])

        shutil.rmtree(place)
        index = site.folder / INDEX_FILE
        site.edit(index, change)
        site.reindex()

    return do


def _roll_back(site: Publication) -> None:
    """Publish the first index again, without the batches that came later, and no result."""
    _leave_the_result(site)
    (site.folder / "result.json").unlink()


def _leave_the_result(site: Publication) -> None:
    """The same, with the result of all batches beside it."""
    earlier = site.folder / "earlier"
    for path in (path for path in earlier.iterdir()):
        path.rename(site.folder / f"index{path.suffix}")
    for branch in (3, 4):
        shutil.rmtree(site.folder / f"batch-{branch:03d}")


def _index(change: Callable[[Json], object]) -> Callable[[Publication], None]:
    return lambda site: site.reindex(change)


def _set(**members: object) -> Callable[[Publication], None]:
    return _index(lambda index: index.update(members))


def _batch(**members: object) -> Callable[[Publication], None]:
    return _index(lambda index: index["batches"][0].update(members))


def _result(change: Callable[[Json], object]) -> Callable[[Publication], None]:
    """Draw the lot, and change what `result.json` says of the first contest."""

    def do(site: Publication) -> None:
        put_lot(site, LotKind.SEATS)
        draw_with(site, VALUE)
        site.edit(site.folder / "result.json", lambda result: change(result["contests"][0]))

    return do


def _elects_another(contest: Json) -> None:
    """Exchange who is elected and who is the first reserve, with their votes."""
    group = next(group for group in contest["allocation"]["groups"] if group["reserves"])
    group["elected"], group["reserves"] = group["reserves"], group["elected"]


def _earlier(change: Callable[[bytes], bytes]) -> Callable[[Publication], None]:
    def do(site: Publication) -> None:
        (path,) = (site.folder / "earlier").glob("*.json")
        path.write_bytes(change(path.read_bytes()))

    return do


def _second_signer(site: Publication) -> None:
    key = HybridKey.generate()
    (site.folder / "signer.der").write_bytes(
        site.day.certified("signer", key, Role.HEADQUARTERS, "")
    )
    data = (site.folder / INDEX_FILE).read_bytes()
    (site.folder / "index.sig").write_bytes(key.sign(CONTEXT, data))


def _other_signature(site: Publication) -> None:
    data = (site.folder / INDEX_FILE).read_bytes()
    (site.folder / "index.sig").write_bytes(HybridKey.generate().sign(CONTEXT, data))


def _sums(index: Json) -> None:
    counts = index["sums"][0]
    code = next(iter(counts))
    counts[code] += 1


INDEX: tuple[Attack, ...] = (
    Attack(H, "leaves a branch out and calls it final", _drop_batch(4, interim=False), "index-final"),
    Attack(H, "goes back to the interim index", _roll_back, "register-pending", told=True, status=4),
    Attack(H, "leaves all votes' result beside an interim index", _leave_the_result, "result-differs"),
    Attack(H, "takes back a published branch", _drop_batch(1, interim=True), "index-subtracted"),
    Attack(H, "lowers the minimum of a batch", _set(minimum=1), "register-minimum"),
    Attack(H, "publishes for another election", _set(uuid="another"), "register-election"),
    Attack(H, "adds a vote to the sums", _index(_sums), "index-sums"),
    Attack(H, "states more ballots", _set(ballots=17), "index-sums"),
    Attack(H, "states more ballots of a batch", _batch(ballots=7), "index-sums"),
    Attack(H, "names a predecessor that nobody has", _set(predecessor="0" * 64), "index-predecessor"),
    Attack(H, "changes the earlier index", _earlier(lambda d: d + b" "), "index-predecessor"),
    Attack(H, "moves a branch to another batch", _batch(branches=["branch-2"]), "index-duplicate"),
    Attack(H, "adds a branch that is not registered", _batch(branches=["branch-1", "branch-9"]),
           "register-group"),
    Attack(H, "lists a batch twice", _index(lambda i: i["batches"].append(i["batches"][0])),
           "index-duplicate"),
    Attack(H, "lists other devices than there are", _batch(devices=[]), "index-archive"),
    Attack(H, "forgets the missing device in the index", _set(missing=[]), "list-changed"),
    Attack(H, "does not list the acts", _set(documents=[]), "index-document"),
    Attack(H, "signs with a key made after the day", _second_signer, "register-signer"),
    Attack(F, "signs an index without headquarters' key", _other_signature, "index-signature"),
    Attack(F, "changes the index", replaced("index.json", lambda s: (s.folder / "index.json")
           .read_bytes().replace(b'"ballots": 16', b'"ballots": 15')), "index-signature"),
    Attack(H, "exchanges the names of candidates", replaced("definition.json", lambda s:
           (s.folder / "definition.json").read_bytes().replace("نامزد 0".encode(), "نامزد 1".encode())),
           "register-definition"),
    Attack(H, "says that the day was long ago", replaced("definition.json", lambda s: re.sub(
           rb'"day": "[^"]*"', b'"day": "0001-01-01"', (s.folder / "definition.json").read_bytes())),
           "register-definition"),
    Attack(H, "allocates the seats by other rules",
           lambda s: draw_with(s, "a lot", denominator="ballots"), "register-seats"),
    Attack(H, "gives the seats to other names", replaced("result.json", lambda s:
           (s.folder / "result.json").read_bytes().replace("نامزد 0".encode(), "نامزد 1".encode())),
           "register-definition"),
    Attack(H, "publishes no result that can be read", replaced("result.json", lambda _: b"{}"),
           "register-seats"),
    Attack(H, "gives a candidate more votes in the result", _result(lambda c: c["candidates"][0].update(
           individual=99, total=99)), "result-differs"),
    Attack(H, "gives the seat to another candidate in the result", _result(_elects_another),
           "result-differs"),
    Attack(H, "explains the seats otherwise than they came about", _result(lambda c: c["allocation"][
           "steps"].reverse()), "result-differs"),
    Attack(H, "publishes no result beside the final index", gone("result.json", resign=False),
           "result-missing", told=True),
    Attack(H, "publishes another register", replaced("register.json", lambda s:
           (s.folder / "register.json").read_bytes() + b" "), "register-number"),
    Attack(H, "publishes no register", gone("register.json", resign=False), "register-missing"),
    Attack(H, "publishes another root", replaced("root.der", lambda s: s.day.authority.signer),
           "index-signature"),
)  # fmt: skip
