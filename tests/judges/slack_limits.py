"""Slack's own Python SDK on every block: lengths, and which keys a block needs.

It misses an empty text, unknown keys, fields of more than 2000 characters, mrkdwn where only plain text is allowed, and
that a message has 50 blocks: adapters/slack/tests/render/valid.rs asks for these. An unknown block type is no error to
it but None; of rich text it sees only the blocks themselves.
"""

import json
import pathlib
import sys

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View


def faults(blocks):
    for number, raw in enumerate(blocks):
        block = Block.parse(raw)
        if block is None:
            yield f"block {number}: unknown type {raw.get('type')}"
            continue
        try:
            block.validate_json()
        except Exception as fault:  # the SDK has one class for each limit
            yield f"block {number}: {fault}"
            continue
        kept = block.to_dict()
        for key in raw.keys() - kept.keys():
            yield f"block {number}: the SDK does not know {key}"


def main():
    # a judge that refuses nothing is none
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    wrong = [long, {"type": "nonsense"}]
    assert len(list(faults(wrong))) == 2, "the judge refuses nothing"
    paths = sorted(pathlib.Path(sys.argv[1]).glob("*.json"))
    found = 0
    for path in paths:
        message = json.loads(path.read_text())
        told = list(faults(message["blocks"]))
        if message.get("type") == "home":
            try:
                View(**message).validate_json()
            except Exception as fault:
                told.append(f"view: {fault}")
        for fault in told:
            print(f"{path.name}: {fault}")
        found += len(told)
    print(f"slack_sdk: {len(paths)} messages, {found} faults")
    sys.exit(1 if found or not paths else 0)


main()
