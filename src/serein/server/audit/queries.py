"""Reading the log, and proving that nobody changed it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, Error, connection
from django.db.models import Max, QuerySet

from serein.server import durability
from serein.server.audit import witness
from serein.server.audit.lines import FIELDS, START, Line, Named, digest
from serein.server.audit.models import Chain, Event

Fault = Literal["edited", "missing", "out-of-order", "beyond-head", "head", "truncated", "outside"]
SENTENCES: dict[Fault, str] = {
    "edited": "this line was changed after it was written",
    "missing": "this line is gone",
    "out-of-order": "this line does not follow the line before it",
    "beyond-head": "this line stands after the end of its chain",
    "head": "the last line is not the one the head of the chain names",
    "truncated": "the file of heads knows this line, the database does not",
    "outside": "this line differs from the one in the file of heads",
}
PREFIX_BYTES = 8
NOTHING = bytes(PREFIX_BYTES)


@dataclass(frozen=True)
class Break:
    """The first place at which a chain does not hold.

    Of a chain that the file of heads knows to be longer: how many lines, when the last was, and
    which backup that last one told of.
    """

    chain: str
    line: int
    fault: Fault
    lost: int = 0
    until: str = ""
    backup: str = ""

    @property
    def text(self) -> str:
        """What is wrong there, as a sentence."""
        return SENTENCES[self.fault]

    def __str__(self) -> str:
        return f"line {self.line} of chain {self.chain}: {self.text}"


@dataclass(frozen=True)
class Restored:
    """A chain that went on from a backup, as the file of heads tells it."""

    chain: str
    at: str
    line: int
    lost: int
    is_of_itself: bool = False

    def __str__(self) -> str:
        went_on = f"Restored on {self.at}: chain {self.chain} went on after line {self.line};"
        if self.is_of_itself:
            return f"{went_on} the one line after it told that this backup had been tried"
        return f"{went_on} {self.lost} lines that were there before are only in the file of heads"


@dataclass(frozen=True)
class Verdict:
    """What the verification found; `head` sums up all chains in one digest."""

    lines: int
    intact: bool
    head: str
    first_broken: Break | None
    chains: dict[str, str] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    restored: tuple[Restored, ...] = ()


def verify(*, using: str = DEFAULT_DB_ALIAS, is_witnessed: bool = True) -> Verdict:
    """Read every line of every chain and stop at the first that does not hold.

    Lines are streamed, so a log of years needs little memory; it may be run while people work.

    Args:
        using: Which database.
        is_witnessed: Whether the file of heads is asked too. It speaks of the house in use, and
            knows more than a copy made earlier.
    """
    asks = is_witnessed and using == DEFAULT_DB_ALIAS
    lines = 0
    heads: dict[str, str] = {}
    breaks: list[Break] = []
    for name in _chain_names(using, asks=asks):
        count, head, broken = _walk(name, using, asks=asks)
        lines, heads[name] = lines + count, head
        breaks += [broken] if broken else []
    # A chain that only the file of heads knows is no part of what the database holds.
    held = "".join(f"{name} {head}\n" for name, head in heads.items() if head != START)
    summed = hashlib.sha256(held.encode()).hexdigest()
    restored = tuple(_restored(_witnessed(asks=asks)))
    first = breaks[0] if breaks else None
    return Verdict(lines, not breaks, summed, first, heads, tuple(breaks), restored)


def are_heads_of_another(*, is_first: bool) -> bool:
    """Whether the file of heads belongs to another house; `is_first` is of one not made yet."""
    if not (whose := witness.house()):
        return False
    try:
        is_made = durability.is_made() and _has_chains()
        ours = set(Chain.objects.values_list("name", flat=True)) if is_made else set()
    except Error:
        return False
    return whose not in ours and (bool(ours) or is_first)


def _has_chains() -> bool:
    return Chain._meta.db_table in connection.introspection.table_names()


def events(
    clinic: Named,
    *,
    patient: UUID | None = None,
    person: UUID | None = None,
    verb: str = "",
    on: date | None = None,
    zone: tzinfo = UTC,
) -> QuerySet[Event]:
    """The clinic's lines, newest first; of one patient, person, kind of act or day when named."""
    found = Event.objects.filter(chain=str(clinic.pk)).order_by("-line")
    if patient:
        found = found.filter(patient_id=patient)
    if person:
        found = found.filter(by_id=person)
    if verb:
        found = found.filter(verb__startswith=verb)
    if on:
        midnight = datetime.combine(on, time(), tzinfo=zone)
        found = found.filter(at__gte=midnight, at__lt=midnight + timedelta(days=1))
    return found


def _chain_names(using: str, *, asks: bool) -> list[str]:
    known = set(Chain.objects.using(using).values_list("name", flat=True))
    written = set(Event.objects.using(using).order_by().values_list("chain", flat=True).distinct())
    return sorted(known | written | {head.chain for head in _witnessed(asks=asks)})


def _witnessed(*, asks: bool) -> Iterable[witness.Head]:
    return witness.heads() if asks else ()


def _restored(heads: Iterable[witness.Head]) -> Iterator[Restored]:
    longest: dict[str, int] = {}
    last: dict[str, witness.Head] = {}
    for head in heads:
        if head.is_restore:
            lost = max(longest.get(head.chain, 0) - head.lines, 0)
            is_of_itself = lost == 1 and bool(last[head.chain].backup)
            yield Restored(head.chain, head.at, head.lines, lost, is_of_itself)
            longest[head.chain] = head.lines
        longest[head.chain] = max(longest.get(head.chain, 0), head.lines)
        last[head.chain] = head


def _walk(name: str, using: str, *, asks: bool) -> tuple[int, str, Break | None]:
    """How many lines hold, the digest of the last of them, and where the chain breaks."""
    rows = Event.objects.using(using).filter(chain=name)
    # First the lines, then the file outside, then the head: each is written after the next one
    # of these, so an honest log that grows meanwhile never looks cut or overlong.
    top = rows.aggregate(top=Max("line"))["top"] or 0
    outside = Outside(_witnessed(asks=asks), chain=name, most=top)
    chain = Chain.objects.using(using).filter(name=name).first() or Chain(name=name, head=START)
    count, head = 0, START
    try:
        for line, stored in _stream(rows.filter(line__lte=chain.lines)):
            if fault := _fault(line, stored, expected=count + 1, head=head, outside=outside):
                return count, head, Break(name, count + 1, fault)
            count, head = line.line, stored
    except (AttributeError, TypeError, ValueError):
        # A time or an identifier that no longer reads as one.
        return count, head, Break(name, count + 1, "edited")
    return count, head, _end(chain, count=count, head=head, top=top, outside=outside)


def _fault(
    line: Line, stored: str, *, expected: int, head: str, outside: "Outside"
) -> Fault | None:
    if line.line != expected:
        return "missing"
    if line.previous != head:
        return "out-of-order"
    if digest(line) != stored:
        return "edited"
    return "outside" if outside.differs(expected, stored) else None


def _end(chain: Chain, *, count: int, head: str, top: int, outside: "Outside") -> Break | None:
    if count < chain.lines:
        return Break(chain.name, count + 1, "missing")
    if head != chain.head:
        return Break(chain.name, count, "head")
    if top > chain.lines:
        return Break(chain.name, chain.lines + 1, "beyond-head")
    if outside.longest > count:
        lost = outside.longest - count
        told = {"until": outside.until, "backup": outside.backup}
        return Break(chain.name, count + 1, "truncated", lost=lost, **told)
    return None


def _stream(rows: QuerySet[Event]) -> Iterator[tuple[Line, str]]:
    columns = rows.order_by("line").values_list(*FIELDS, "hash")
    for *fields, stored in columns.iterator(chunk_size=2000):
        yield Line(*fields), stored


class Outside:
    """The heads of one chain from the file outside: eight bytes of digest per line."""

    def __init__(self, heads: Iterable[witness.Head], *, chain: str, most: int) -> None:
        """Keep the heads of this chain's lines, up to the most lines that the database shows."""
        self.longest = 0
        self.until = self.backup = ""
        self._prefixes = bytearray(most * PREFIX_BYTES)
        for head in heads:
            if head.chain == chain:
                self._add(head)

    def _add(self, head: witness.Head) -> None:
        if head.is_restore:
            self.longest = head.lines
            kept = self._prefixes[: head.lines * PREFIX_BYTES]
            self._prefixes = kept.ljust(len(self._prefixes), b"\0")
        if head.lines >= self.longest:
            self.longest, self.until, self.backup = head.lines, head.at, head.backup
        start = (head.lines - 1) * PREFIX_BYTES
        if 0 <= start < len(self._prefixes):
            self._prefixes[start : start + PREFIX_BYTES] = _prefix(head.head)

    def differs(self, line: int, stored: str) -> bool:
        """Whether the file names another digest for this line."""
        kept = self._prefixes[(line - 1) * PREFIX_BYTES : line * PREFIX_BYTES]
        return bool(kept) and kept != NOTHING and kept != _prefix(stored)


def _prefix(head: str) -> bytes:
    return bytes.fromhex(head[: 2 * PREFIX_BYTES])
