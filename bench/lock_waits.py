"""Where threads waited for locks in the kernel: reads `perf script -F comm,ip,sym` of lock:contention_begin from standard
input and prints the callers that waited most often.
"""
import collections
import sys

SHOWN = 12
# Frames of the waiting itself.
INNER = ("contention", "trace_", "__mutex_lock", "_raw_spin_lock", "__pv_queued", "rwsem_", "down_")


def blocks(lines):
    block = []
    for line in lines:
        if line.strip():
            block.append(line.split())
        elif block:
            yield block
            block = []
    if block:
        yield block


def main():
    counts = collections.Counter()
    for block in blocks(sys.stdin):
        if not block[0][0].startswith("ferrule"):
            continue
        frames = [words[-1] for words in block[1:] if not words[-1].startswith(INNER)]
        counts[" < ".join(frames[:5])] += 1
    total = sum(counts.values())
    print(f"{total} waits")
    for frames, count in counts.most_common(SHOWN):
        print(f"{count:6} {100 * count / total:5.1f}%  {frames}")


main()
