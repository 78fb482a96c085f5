#!/usr/bin/env python3
"""Makes the journals of this folder with systemd's own writer. See README.md."""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
BOOT = "5b1f0c8e2d4a4f6c9a7b3e1d00c0ffee"
START = 1777886400_000000  # 2026-05-04T09:20:00Z


def exported(entries):
    out = b""
    for number, fields in enumerate(entries):
        at = START + number * 1_000_000
        head = {"__REALTIME_TIMESTAMP": str(at), "__MONOTONIC_TIMESTAMP": str(number + 1), "_BOOT_ID": BOOT}
        for name, value in {**head, **fields}.items():
            data = value.encode()
            if b"\n" in data:
                out += name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
            else:
                out += name.encode() + b"=" + data + b"\n"
        out += b"\n"
    return out


def sparse(data):
    """The length, then each run of eight-byte words that are not zero: offset and bytes, in hexadecimal."""
    end = max(i for i in range(0, len(data), 8) if any(data[i : i + 8])) + 8
    lines, at = [f"{len(data)}"], 0
    while at < end:
        if not any(data[at : at + 8]):
            at += 8
            continue
        stop = at
        while stop < end and stop - at < 256 and any(data[stop : stop + 8]):
            stop += 8
        lines.append(f"{at:x} {data[at:stop].hex()}")
        at = stop
    return "\n".join(lines) + "\n"


def main():
    entries = [json.loads(line) for line in (HERE / "entries.jsonl").read_text().splitlines()]
    kinds = {
        "regular": {"SYSTEMD_JOURNAL_COMPACT": "0", "SYSTEMD_JOURNAL_KEYED_HASH": "0"},
        "keyed": {"SYSTEMD_JOURNAL_COMPACT": "0", "SYSTEMD_JOURNAL_KEYED_HASH": "1"},
        "compact": {"SYSTEMD_JOURNAL_COMPACT": "1", "SYSTEMD_JOURNAL_KEYED_HASH": "1"},
    }
    for name, variables in kinds.items():
        packing = ["--compress=no"] if name == "regular" else []
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{name}.journal"
            command = [sys.argv[1], *packing, "-o", path, "-"]
            subprocess.run(command, input=exported(entries), env={**os.environ, **variables}, check=True)
            data = bytearray(pathlib.Path(path).read_bytes())
            data[40:56] = bytes.fromhex(BOOT)  # the machine's id is nobody's
            (HERE / f"{name}.sparse").write_text(sparse(bytes(data)))


if __name__ == "__main__":
    sys.exit(main())
