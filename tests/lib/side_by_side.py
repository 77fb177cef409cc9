"""Groups of tests that run beside each other, as the machine's cores allow.

A group says how many cores it keeps busy, and roughly how long it takes. Those
that fit start at once, the longest first; a group that wants the machine for
itself waits until the others have ended. Each has one line: what it is at, and
how much time is left by what it took the last time.
"""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time

from test_times import TestTimes

TOLD = re.compile(r"^(?:ok|FAILED|skip)\b", re.M)
TOTAL = re.compile(r"^tests: (\d+)$", re.M)
STEP = re.compile(r"^[\[ ]*(\d+)/(\d+)[\] ]", re.M)  # of meson and ninja
LINE_SECONDS = 30  # between two lines of a group, where lines stay
ROOM = 1           # cores beyond those that there are: tests wait a lot


class Group:
    """Something to run: @work(group) returns its verdict, a Count.

    What is to be told to people, @work gives to tell().
    """

    def __init__(self, name, work, cores, seconds, alone=False):
        self.name, self.work, self.alone = name, work, alone
        self.cores = min(cores, os.cpu_count())
        self.guess = seconds
        self.begin = self.count = self.log = None
        self.lines, self.shown, self.cpu = [], 0, 0

    def tell(self, text):
        self.lines.append(text)

    def seconds(self):
        return time.monotonic() - self.begin

    def progress(self):
        """(tests that ended, tests in all) by the log; 0 for what is unknown"""
        try:
            text = self.log.read_text(errors="replace") if self.log else ""
        except OSError:
            return 0, 0
        steps = STEP.findall(text)
        if steps:
            return tuple(map(int, steps[-1]))
        return (len(TOLD.findall(text)),
                sum(map(int, TOTAL.findall(text))))

    def left(self):
        """Seconds, by the last run; by its own pace once that was wrong."""
        left = self.guess - self.seconds()
        done, total = self.progress()
        if left <= 0 and total > done > 0:
            left = self.seconds() / done * (total - done)
        return max(0, left)

    def line(self):
        done, total = self.progress()
        at = f"{done}/{total}" if total else f"{done}" if done else "-"
        return (f"{self.name:17} {at:>9}  {clock(self.seconds())} gone, about "
                f"{clock(self.left())} left")


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Screen:
    """Running groups at the bottom of a terminal; lines that stay elsewhere."""

    def __init__(self):
        self.live = sys.stdout.isatty()
        self.height = 0

    def clear(self):
        if self.height:
            print(f"\033[{self.height}A\033[J", end="")
        self.height = 0

    def say(self, *lines):
        self.clear()
        for line in lines:
            print(line, flush=True)

    def show(self, running):
        if self.live:
            self.clear()
            width = os.get_terminal_size().columns - 1
            for group in running:
                print(group.line()[:width])
            self.height = len(running)
            sys.stdout.flush()
            return
        for group in running:
            if time.monotonic() - group.shown >= LINE_SECONDS:
                group.shown = time.monotonic()
                print(group.line(), flush=True)


class Programs:
    """Programs that groups run; they are ended with the whole run."""

    def __init__(self):
        self.lock, self.running, self.ending = threading.Lock(), set(), False

    def run(self, command, **options):
        """Runs one in a process group of its own: (exit status, CPU seconds).

        The seconds are those of all that it waited for, too.
        """
        with self.lock:
            if self.ending:
                return 1, 0
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                     start_new_session=True, **options)
            self.running.add(child)
        try:
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        finally:
            with self.lock:
                self.running.discard(child)
        return child.returncode, usage.ru_utime + usage.ru_stime

    def end(self):
        with self.lock:
            self.ending = True
            for child in self.running:
                os.killpg(child.pid, signal.SIGTERM)


def fits(group, running):
    if group.alone or any(one.alone for one in running):
        return not running
    busy = sum(one.cores for one in running)
    return not running or busy + group.cores <= os.cpu_count() + ROOM


def run_groups(groups, programs):
    """Generator of groups that have ended, with their counts."""
    times = TestTimes("groups")
    for group in groups:
        group.guess = times.known(group.name, group.guess)
    # The machine is for one alone at the end: then no other one is waiting.
    waiting = sorted(groups, key=lambda one: (one.alone, -one.guess))
    running, ended, screen = [], queue.SimpleQueue(), Screen()

    def work(group):
        try:
            group.count = group.work(group)
        except Exception as error:  # told by whoever waits for the end
            group.count = error
        ended.put(group)

    try:
        while waiting or running:
            for group in list(waiting):
                if group.alone and any(not one.alone for one in waiting):
                    continue
                if fits(group, running):
                    waiting.remove(group)
                    running.append(group)
                    group.begin = time.monotonic()
                    threading.Thread(target=work, args=(group,)).start()
            screen.show(running)
            try:
                group = ended.get(timeout=1)
            except queue.Empty:
                continue
            running.remove(group)
            if isinstance(group.count, Exception):
                raise group.count
            times.note(group.name, group.seconds())
            screen.say(*group.lines, f"{group.name}: {group.count} "
                       f"({group.seconds():.0f} s, cpu {group.cpu:.0f})")
            yield group
    except BaseException:
        programs.end()
        raise
    times.save()
