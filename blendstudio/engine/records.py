"""What is written down beside a file of weights, so that it is hashed again only when it looks different."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from blendstudio.atomic import write_bytes

FORMAT = 1  # raised when engine/convert.py starts to write other tensors for the same file


@dataclass(frozen=True)
class Record:
    """Size in bytes, time of change in nanoseconds and sha256 of a file, and the sha256 of what it was made from."""

    size: int
    modified: int
    sha256: str
    source_sha256: str
    format: int = FORMAT


def sha256_of(path: Path) -> str:
    """The hexadecimal sha256 of a file; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_safetensors(path: Path) -> bool:
    """Whether a file begins as the safetensors format does, which holds numbers only; raises OSError."""
    with path.open("rb") as file:
        head = file.read(9)
    return head[8:] == b"{" and 8 + int.from_bytes(head[:8], "little") <= path.stat().st_size


def look(path: Path, source_sha256: str = "") -> Record:
    """The record of a file as it is now; raises OSError."""
    stat = path.stat()
    return Record(stat.st_size, stat.st_mtime_ns, sha256_of(path), source_sha256)


def looks_the_same(path: Path, record: Record) -> bool:
    """Whether size and time of change are still the recorded ones; raises OSError."""
    stat = path.stat()
    return (stat.st_size, stat.st_mtime_ns) == (record.size, record.modified)


def read(path: Path, source_sha256: str) -> Record | None:
    """The record in a file, or None unless it tells of weights made from that source in today's format."""
    try:
        record = Record(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return record if (record.source_sha256, record.format) == (source_sha256, FORMAT) else None


def write(path: Path, record: Record) -> None:
    """Replaces the record in a file."""
    write_bytes(path, json.dumps(asdict(record), indent=1).encode())
