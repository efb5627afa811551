"""Instructions for each rule, counted by callgrind: bench/instructions.py PROGRAM [--baseline FILE] [--json FILE].

Each step is counted for two sizes; the difference, divided by the rules, is free of what a process costs to start. A
baseline, an earlier --json, is compared with.
"""
import argparse
import json
import re
import subprocess
import sys

SIZES = (4000, 8000)
# Each step contains the one named beside it.
STEPS = {"parse": "nothing", "encode_legacy": "parse", "encode_nft": "parse", "decode_legacy": "encode_legacy",
         "print": "decode_legacy"}


def count(program, step, rules):
    """Instructions of one run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, step, str(rules)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--baseline")
    parser.add_argument("--json")
    options = parser.parse_args()
    per_rule = {}
    for step in ("nothing", *STEPS):
        low, high = (count(options.program, step, size) for size in SIZES)
        per_rule[step] = (high - low) / (SIZES[1] - SIZES[0])
    result = {step: round(per_rule[step] - per_rule[inner]) for step, inner in STEPS.items()}
    earlier = {}
    if options.baseline:
        with open(options.baseline, encoding="utf-8") as file:
            earlier = json.load(file)
    print(f"\nInstructions for each rule (kube-proxy's kind)\n  {'':<16}{'now':>10}{'before':>10}")
    for step, number in result.items():
        print(f"  {step:<16}{number:>10}{earlier.get(step, '-'):>10}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
            file.write("\n")
    return 0


sys.exit(main())
