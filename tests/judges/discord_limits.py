"""simcord's checks of a message's state on every Discord message: lengths, totals, rows, unique custom ids.

It takes an empty value of an embed's field, which Discord does not: podwhy writes no fields. Discord's own schema is
asked by adapters/discord/tests/render/official.rs.
"""

import json
import pathlib
import sys

from simcord.components import ComponentValidationError, validate_message_state


def fault(message):
    try:
        validate_message_state(
            message["components"],
            flags=0,
            content=message["content"],
            embeds=message["embeds"],
            require_nonempty=True,
        )
    except ComponentValidationError as error:
        return str(error)
    return None


def main():
    # a judge that refuses nothing is none
    button = {"type": 2, "style": 2, "label": "x", "custom_id": "x"}
    empty = {"components": [], "content": "", "embeds": []}
    for wrong in (
        empty,
        empty | {"embeds": [{"description": "x" * 4097}]},
        empty | {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
        empty | {"content": "x", "components": [{"type": 1, "components": [button, button]}]},
    ):
        assert fault(wrong), "the judge refuses nothing"
    paths = sorted(pathlib.Path(sys.argv[1]).glob("*.json"))
    found = 0
    for path in paths:
        told = fault(json.loads(path.read_text()))
        if told:
            print(f"{path.name}: {told}")
            found += 1
    print(f"simcord: {len(paths)} messages, {found} faults")
    sys.exit(1 if found or not paths else 0)


main()
