"""Runs the whole pipeline at two scales, in turn, and prints how the time of each model grows between them.

Each run lands, builds, checks and publishes all from CSV into a new warehouse. A model's time is the `milliseconds` of its
entry in the record of the run (`runs/<run>/run.json`): wall time, since the record has no CPU time. Models share the
threads, so that on two threads a model's time has that of its neighbours in it; one thread (the default here) lets no two
of them work at the same moment, but a model that waits for another's input or for the machine still counts its waiting.
The exponent is the logarithm of the ratio of the medians, to the base of the ratio of the scales: 1 is linear.

In a run a model shares the machine with others, and at the small scale what it reads is mostly handed on in memory. With
`--alone` each flagged model is built by itself as well, from files at both scales, as many times as there are rounds.

A model is flagged where its exponent is above the limit and its time at the larger scale above the floor: below it, what
a model costs at all is in the way. Flags do not end the script with an error, unless `--strict` is given.

    sopmart generate /tmp/small --scale 0.1 && sopmart generate /tmp/large --scale 1
    python benches/model_exponents.py /tmp/small /tmp/large --scales 0.1 1 --binary sopmart --rounds 5 --markdown out.md
"""

import argparse
import json
import math
import os
import re
import shutil
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(HERE)


def make_project(folder, extracts):
    """The standard pipeline and the SQL of this repository, reading a folder of extracts."""
    pipeline = os.path.join(folder, "pipelines", "standard")
    shutil.copytree(os.path.join(REPOSITORY, "pipelines", "standard"), pipeline)
    os.symlink(os.path.join(REPOSITORY, "sql"), os.path.join(folder, "sql"))
    path = os.path.join(pipeline, "pipeline.yaml")
    with open(path, encoding="utf-8") as text:
        told, count = re.subn(r"(?m)^source:.*$", f"source: {os.path.abspath(extracts)}", text.read())
    assert count == 1, f"{path} names no source"
    with open(path, "w", encoding="utf-8") as out:
        out.write(told)
    return folder


def measure(command, output):
    """Runs a command with its output in a file: exit code, wall and CPU seconds, and the peak of memory in megabytes."""
    started = time.monotonic()
    with open(output, "wb") as out, open(output + ".err", "wb") as err:
        child = os.posix_spawnp(
            command[0],
            command,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)],
        )
        _, status, used = os.wait4(child, 0)
    return {
        "exit": os.waitstatus_to_exitcode(status),
        "wall": time.monotonic() - started,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024,
    }


def run_pipeline(asked, project, warehouse, output):
    """What a whole run into a new warehouse took, with its record. Ends where the run fails, and says of what."""
    command = [asked.binary, "--project", project, "--warehouse", warehouse, "--output", "json", "run", "standard"]
    command += ["--threads", str(asked.threads)]
    if asked.memory_limit:
        command += ["--memory-limit", asked.memory_limit]
    taken = measure(command, output)
    if taken["exit"] != 0:
        with open(output + ".err", encoding="utf-8", errors="replace") as err:
            sys.exit(f"{' '.join(command)}\nended with {taken['exit']}, {taken['peak']:,.0f} MB at the peak\n{err.read()[-4000:]}")
    with open(output, encoding="utf-8") as lines:
        record = json.loads(lines.read().splitlines()[-1])
    taken["steps"] = {step["step"]: step["milliseconds"] / 1000 for step in record["steps"]}
    taken["models"] = {model["model"]: (model["milliseconds"] / 1000, model["rows"]) for model in record["models"]}
    return taken


def build_alone(asked, project, warehouse, output, model):
    """The seconds that one model takes whose inputs an earlier run has left in files."""
    shutil.rmtree(os.path.join(warehouse, "models", model))
    command = [asked.binary, "--project", project, "--warehouse", warehouse, "--output", "json", "run", "standard"]
    command += ["--threads", str(asked.threads), "--select", model]
    assert measure(command, output)["exit"] == 0, f"{model} fails by itself"
    with open(output, encoding="utf-8") as lines:
        record = json.loads(lines.read().splitlines()[-1])
    return next(told["milliseconds"] / 1000 for told in record["models"] if told["model"] == model)


def table_of_those_alone(asked, projects, warehouses, output, models):
    lines = [f"| model, built alone | s at {asked.scales[0]:g} | s at {asked.scales[1]:g} | exponent | |", "|---|---|---|---|---|"]
    for model in models:
        taken = ([], [])
        for _ in range(asked.rounds):
            for times, project, warehouse in zip(taken, projects, warehouses):
                times.append(max(build_alone(asked, project, warehouse, output, model), 0.001))
        before, after = map(statistics.median, taken)
        exponent = math.log(after / before) / math.log(asked.scales[1] / asked.scales[0])
        lines.append(f"| {model} | {before:.3f} | {after:.3f} | {exponent:.2f} | {'above' if exponent > asked.limit else ''} |")
    return lines


def spread(values, form="{:.1f}"):
    told = form.format(statistics.median(values))
    return told if len(values) == 1 else f"{told} ({form.format(min(values))} to {form.format(max(values))})"


def table_of_runs(scales, runs):
    lines = ["| scale | runs | wall, s | CPU, s | peak, MB | land, s | transform, s | check, s | publish, s |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for scale, taken in zip(scales, runs):
        cells = [spread([run[what] for run in taken], form) for what, form in (("wall", "{:.1f}"), ("cpu", "{:.1f}"), ("peak", "{:,.0f}"))]
        cells += [spread([run["steps"].get(step, 0) for run in taken]) for step in ("land", "transform", "check", "publish")]
        lines.append(f"| {scale:g} | {len(taken)} | {' | '.join(cells)} |")
    return lines


def exponents(scales, runs):
    """Model, median seconds and rows at both scales, exponents of time and of rows; the slowest first."""
    found = []
    for model in runs[1][0]["models"]:
        if all(model in run["models"] for taken in runs for run in taken):
            small, large = (statistics.median(run["models"][model][0] for run in taken) for taken in runs)
            rows = [taken[0]["models"][model][1] for taken in runs]
            growth = lambda before, after: math.log(after / before) / math.log(scales[1] / scales[0]) if before and after else None
            # A millisecond is the least that a record tells.
            found.append((model, small, large, *rows, growth(max(small, 0.001), max(large, 0.001)), growth(*rows)))
    return sorted(found, key=lambda row: -row[2])


def table_of_models(asked, found):
    small, large = asked.scales
    lines = [f"| model | s at {small:g} | s at {large:g} | exponent | rows at {small:g} | rows at {large:g} | of rows | |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for model, before, after, rows_before, rows_after, exponent, of_rows in found:
        is_flagged = exponent > asked.limit and after > asked.floor
        told = "" if of_rows is None else f"{of_rows:.2f}"
        lines.append(
            f"| {model} | {before:.3f} | {after:.3f} | {exponent:.2f} | {rows_before:,} | {rows_after:,} | {told} |"
            f" {'above' if is_flagged else ''} |"
        )
    return lines


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    arguments.add_argument("small", help="a folder that `sopmart generate` wrote")
    arguments.add_argument("large", help="another, of a larger scale")
    arguments.add_argument("--scales", type=float, nargs=2, default=[0.1, 1.0])
    arguments.add_argument("--binary", default=os.path.join(target, "debug/sopmart"))
    arguments.add_argument("--threads", type=int, default=1, help="1: models do not share them")
    arguments.add_argument("--memory-limit", help="as `sopmart run` has it")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--limit", type=float, default=1.15, help="the greatest exponent that is not flagged")
    arguments.add_argument("--floor", type=float, default=0.5, help="seconds at the larger scale below which none is")
    arguments.add_argument("--models", type=int, default=0, help="only so many of the slowest, and those above")
    arguments.add_argument("--markdown", help="a file for the tables")
    arguments.add_argument("--alone", action="store_true", help="build those above by themselves, too")
    arguments.add_argument("--strict", action="store_true", help="ends with 1 where a model is above")
    arguments.add_argument("--work", help="a folder for warehouses, which are removed after each run")
    asked = arguments.parse_args()
    if "/" in asked.binary:
        asked.binary = os.path.abspath(asked.binary)
    folder = tempfile.mkdtemp(dir=asked.work)
    output = os.path.join(folder, "output")
    warehouses = [os.path.join(folder, f"warehouse-{number}") for number in range(2)]
    runs = ([], [])
    alone = []
    try:
        projects = []
        for number, extracts in enumerate((asked.small, asked.large)):
            os.makedirs(os.path.join(folder, str(number)))
            projects.append(make_project(os.path.join(folder, str(number)), extracts))
        for turn in range(asked.rounds):
            for number, project in enumerate(projects):
                shutil.rmtree(warehouses[number], ignore_errors=True)
                taken = run_pipeline(asked, project, warehouses[number], output)
                runs[number].append(taken)
                told = f"{taken['wall']:.1f} s, {taken['cpu']:.1f} s of CPU, {taken['peak']:,.0f} MB at the peak"
                print(f"run {turn + 1} at scale {asked.scales[number]:g}: {told}", file=sys.stderr, flush=True)
        found = exponents(asked.scales, runs)
        above = [row for row in found if row[5] > asked.limit and row[2] > asked.floor]
        if asked.alone:
            alone = ["", *table_of_those_alone(asked, projects, warehouses, output, [row[0] for row in above])]
    finally:
        shutil.rmtree(folder)
    shown = found if not asked.models else found[: asked.models] + [row for row in above if row not in found[: asked.models]]
    summary = f"{len(above)} of {len(found)} models are above {asked.limit:g} and take more than {asked.floor:g} s at scale {asked.scales[1]:g}."
    text = "\n".join([*table_of_runs(asked.scales, runs), "", *table_of_models(asked, shown), *alone, "", summary])
    print(text)
    if asked.markdown:
        with open(asked.markdown, "w", encoding="utf-8") as out:
            out.write(text + "\n")
    if asked.strict and above:
        sys.exit(1)


if __name__ == "__main__":
    main()
