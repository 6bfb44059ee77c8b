#!/usr/bin/env python3
"""Applies the worked examples of docs/adding-a-component.md, so that a test can compile what the page says.

    scripts/extract_example.py OUTPUT [--example NAME] [--document F] [--source TREE] [--list]

Blocks of the document that begin with ```LANGUAGE title="PATH" are whole files; those with before="TEXT" as well are
put in front of that text in the file PATH. OUTPUT is a copy of the tree, or a folder that gets the new and the changed
files alone. Changed files start from those of TREE (this repository), so that a second call changes nothing. The paths
are printed, one a line; --list prints them and writes nothing.

An example begins with its section "Files of NAME", which lists what it touches, one "- `PATH`: what" a line, and ends
where the next one begins. Without --example all are applied. Exit 1 when the blocks of an example touch other files than
those (one that a command makes, "made anew by", has no block), or when a block does not fit: a whole file that TREE has
already, or a text that is not there exactly once.
"""
import argparse
import itertools
import pathlib
import re
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
# The attribute runs to the last quote of the line, so that it may hold quotes itself.
OPENING = re.compile(r'^```\w+ title="(?P<title>[^"]+)"(?: before="(?P<before>.+)")?$')
FILES = re.compile(r"^## Files of (?P<name>\w+)$")
ENTRY = re.compile(r"^- `(?P<path>[^`]+)`: (?P<what>.+)$")


class Misfit(Exception):
    """A block that the tree does not take."""


def read_blocks(document):
    """[(line number, path, anchor or None, text)] in the order of the document."""
    blocks, inside, plain = [], None, False
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        if inside is not None and line == "```":
            blocks.append((*inside[:3], "".join(text + "\n" for text in inside[3])))
            inside = None
        elif inside is not None:
            inside[3].append(line)
        elif plain or (line.startswith("```") and "title=" not in line):
            # A block without a title is an illustration; its own fence ends it.
            if line.startswith("```"):
                plain = not plain
        elif line.startswith("```"):
            opening = OPENING.match(line)
            if opening is None:
                raise Misfit(f'{document}:{number}: expected ```cpp title="PATH" [before="TEXT"], got {line}')
            inside = (number, opening["title"], opening["before"], [])
    if inside is not None:
        raise Misfit(f"{document}:{inside[0]}: the block is not closed")
    if not blocks:
        raise Misfit(f"{document}: no block has a title")
    return blocks


def listed_paths(section):
    """What the lines of a section "Files of NAME" say the blocks touch."""
    entries = [entry for entry in map(ENTRY.match, section) if entry]
    return {pathlib.PurePosixPath(entry["path"]) for entry in entries if "made anew by" not in entry["what"]}


def read_examples(document):
    """{name: (its blocks, its listed paths)} in the order of the document."""
    lines, blocks = document.read_text(encoding="utf-8").splitlines(), read_blocks(document)
    starts = [(number, match["name"]) for number, match in enumerate(map(FILES.match, lines), start=1) if match]
    for number, title, *_ in blocks:
        if not starts or number < starts[0][0]:
            raise Misfit(f'{document}:{number}: {title} comes before the first section "Files of NAME"')
    examples = {}
    for (begin, name), (end, _) in zip(starts, starts[1:] + [(len(lines) + 1, None)]):
        if name in examples:
            raise Misfit(f"{document}:{begin}: {name} has its section already")
        section = itertools.takewhile(lambda line: not line.startswith("## "), lines[begin:])
        examples[name] = [block for block in blocks if begin < block[0] < end], listed_paths(section)
    return examples


def check_listed(name, blocks, listed):
    touched = {checked_path(title) for _, title, *_ in blocks}
    for path in sorted(touched ^ listed):
        where = "is touched, but not listed" if path in touched else "is listed, but no block touches it"
        raise Misfit(f"section Files of {name}: {path} {where}")


def checked_path(title):
    path = pathlib.PurePosixPath(title)
    if path.is_absolute() or ".." in path.parts:
        raise Misfit(f"title {title}: expected a path inside the tree")
    return path


def insert(text, anchor, addition):
    """`addition` in front of `anchor`, its lines indented like the anchor."""
    if text.count(anchor) != 1:
        raise Misfit(f"expected once, found {text.count(anchor)} times: {anchor}")
    at = text.index(anchor)
    column = at - (text.rfind("\n", 0, at) + 1)
    lines = addition.splitlines()
    return text[:at] + ("\n" + " " * column).join(lines + [""]) + text[at:]


def apply(blocks, source):
    """{path: new text} of every file that the blocks name."""
    changed = {}
    for number, title, anchor, text in blocks:
        path = checked_path(title)
        try:
            if anchor is None:
                if path in changed or (source / path).exists():
                    raise Misfit("is a whole file, but the tree has it already")
                changed[path] = text
                continue
            if path not in changed:
                if not (source / path).exists():
                    raise Misfit("is not in the tree")
                changed[path] = (source / path).read_text(encoding="utf-8")
            changed[path] = insert(changed[path], anchor, text)
        except Misfit as misfit:
            raise Misfit(f"block of line {number}: {title}: {misfit}") from None
    return changed


def write(changed, output):
    for path, text in changed.items():
        target = output / path
        # An unchanged file keeps its time, so that nothing is compiled again.
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--example", metavar="NAME")
    parser.add_argument("--document", type=pathlib.Path, default=REPOSITORY / "docs/adding-a-component.md")
    parser.add_argument("--source", type=pathlib.Path, default=REPOSITORY)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.output.resolve() == options.source.resolve():
        parser.error("OUTPUT is the tree itself; give another folder")
    try:
        examples = read_examples(options.document)
        if options.example not in (None, *examples):
            raise Misfit(f"no example is called {options.example}; there are: {', '.join(examples)}")
        chosen = {name: own for name, own in examples.items() if options.example in (None, name)}
        for name, (blocks, listed) in chosen.items():
            check_listed(name, blocks, listed)
        changed = apply([block for blocks, _ in chosen.values() for block in blocks], options.source)
    except (Misfit, OSError) as error:
        sys.exit(f"extract_example: error: {error}")
    if not options.list:
        write(changed, options.output)
    for path in changed:
        print(path)


if __name__ == "__main__":
    main()
