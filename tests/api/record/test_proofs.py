"""The long proofs of the record in short: a real server, killed, and without its database."""

import os
import subprocess
import sys
from itertools import islice

from load import is_good
from record_down import stopped
from record_full import filled
from record_kill import killed

APPENDS = """
import sys, threading
from pathlib import Path
from api.record import Record
from api.record.events import Decision

url, spool, first = sys.argv[1:]
record = Record.open(url, Path(spool), b"a key for tests, thirty-two bytes", patience=30)

def append(thread):
    number = 0
    while True:
        event = Decision(call_id=f"{first}-{thread}-{number}", action="accepted")
        assert record.append(event) != "no"
        sys.stdout.write(event.call_id + "\\n")  # what a client is told
        sys.stdout.flush()
        number += 1

threads = [threading.Thread(target=append, args=[thread]) for thread in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_what_was_said_to_be_recorded_is_there_once_after_two_processes_were_killed(url, opened, tmp_path):
    promised = set()
    for at_most in (3, 150):
        started = [
            subprocess.Popen(
                [sys.executable, "-c", APPENDS, url, str(tmp_path / "spool"), f"{at_most}-{each}"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for each in range(2)
        ]
        for process in started:
            promised |= {line[:-1] for line in islice(process.stdout, at_most)}
        for process in started:
            process.kill()
        for process in started:
            with process:
                promised |= {line[:-1] for line in process.stdout if line.endswith("\n")}
    record = opened()
    there = [event.call_id for event in record.events()]

    assert record.verify().whole
    assert len(there) == len(set(there))
    assert promised <= set(there)
    assert len(promised) >= 2 * (3 + 150)


def test_every_decision_that_got_its_2xx_is_there_once_after_the_server_was_killed(tmp_path):
    figures = killed(tmp_path, f"sqlite:///{tmp_path}/record.sqlite3", decisions=60, rounds=1)

    assert is_good(figures), figures
    assert figures["answered"] == 60


def test_a_database_that_is_stopped_and_started_under_load_costs_nothing(postgres, tmp_path):
    figures = stopped(tmp_path, postgres, decisions=200, rounds=1)

    assert is_good(figures), figures
    assert figures["spooled"] > 0
    assert (figures["refused"], figures["spool_left"]) == (0, 0)


def test_when_disks_are_full_nothing_that_was_promised_is_lost():
    if os.geteuid() != 0:
        return  # only root may mount small file systems; test_writer has the same with a disk that is faked
    figures = filled(decisions=200)

    assert is_good(figures), figures
    assert figures["database_full"] == figures["spool_free_again"] == "spooled"
    assert (figures["both_full"], figures["decision_with_both_full"]) == ("no", 503)
    assert figures["all_free_again"] == "stored"
