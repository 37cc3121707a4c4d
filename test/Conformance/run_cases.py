"""Many models through `setun verify`: several processes, many models in each.

A process that crashes or hangs costs the model that it was at; the others go on.
"""

import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

MODELS_PER_PROCESS = 20


@dataclass
class Result:
    """What became of one model: passed, refused, failed, crashed or timeout, and why."""

    verdict: str = "passed"
    reason: str = ""
    bound: set = field(default_factory=set)

    RANKS = ("passed", "refused", "failed", "timeout", "crashed")

    def add(self, verdict, reason):
        """The worst of all cases and backends counts."""
        if self.RANKS.index(verdict) > self.RANKS.index(self.verdict):
            self.verdict, self.reason = verdict, reason


VERDICTS = {"PASS": "passed", "REFUSED": "refused", "FAIL": "failed"}


def parse_line(line):
    """`PASS FOLDER/test_data_set_0 c max error 0; bound: axes`, or nothing."""
    match = re.match(r"(PASS|FAIL|REFUSED) (.*?)(?:/test_data_set_\d+)? (c|llvm) (.*)", line)
    if not match:
        return None
    word, folder, backend, text = match.groups()
    return VERDICTS[word], folder, f"{backend}: {text}", text


def count_lines(folder):
    """Lines that verify prints for a model: one a case and backend."""
    return 2 * max(1, len(list(folder.glob("test_data_set_*"))))


def run_process(command, folders, timeout, results):
    """Runs one process over `folders`; gives those that it did not get to."""
    process = subprocess.Popen(
        [*command, *map(str, folders)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    errors, killed = [], threading.Event()
    drain = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    drain.start()

    def kill():
        killed.set()
        process.kill()

    seen = dict.fromkeys(map(str, folders), 0)
    watchdog = threading.Timer(timeout, kill)
    watchdog.start()
    for line in process.stdout:
        watchdog.cancel()
        watchdog = threading.Timer(timeout, kill)
        watchdog.start()
        parsed = parse_line(line)
        if parsed and parsed[1] in seen:
            verdict, folder, reason, text = parsed
            seen[folder] += 1
            results[folder].add(verdict, reason)
            if "bound: " in text:
                results[folder].bound.update(text.split("bound: ")[1].split(", "))
    process.wait()
    watchdog.cancel()
    drain.join()
    missing = [folder for folder in folders if seen[str(folder)] < count_lines(folder)]
    if missing:
        last = errors[0].strip().splitlines()
        verdict = "timeout" if killed.is_set() else "crashed"
        reason = f"exit code {process.returncode}" + (f": {last[0]}" if last else "")
        results[str(missing[0])].add(verdict, reason)
    return missing[1:]


def verify_all(command, folders, jobs, timeout):
    """The results of all folders, in their order."""
    results = {str(folder): Result() for folder in folders}

    def run_chunk(chunk):
        while chunk:
            chunk = run_process(command, chunk, timeout, results)

    chunks = [
        folders[i : i + MODELS_PER_PROCESS] for i in range(0, len(folders), MODELS_PER_PROCESS)
    ]
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run_chunk, chunks))
    return results
