"""Studies beyond the figures: while typing, fairness, explanations, what each part pays, peers."""

STUDIES = ("typing", "fairness", "explanations", "unfamiliar", "ablation", "peers")
"""Each a module `NAME_study` with `run(folder, jobs)`, which returns plain data: tables as lists of rows."""
