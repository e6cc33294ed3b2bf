"""Threads, processes, signals, and errors in the middle of work."""

import copy
import itertools
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import tracemalloc

import pytest
from conftest import recombined

import naqd


def test_a_million_comments(classifier):
    comments = recombined(1_000) * 1_000
    labels = classifier.predict(comments)
    assert len(labels) == 1_000_000 and (labels[:1_000] == labels[-1_000:]).all()


def test_streams_of_any_length_in_bounded_memory(classifier):
    comments = recombined(1_000)
    verdicts = classifier.score_iter(itertools.islice(itertools.cycle(comments), 100_000))
    assert next(verdicts) == classifier.decide(comments[0])
    tracemalloc.start()
    assert sum(1 for _ in verdicts) == 99_999
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
    endless = classifier.score_iter(itertools.repeat("hello"), batch=1)
    assert next(endless) == next(endless)


def test_an_error_of_an_iterator_comes_after_what_it_gave(classifier):
    def broken():
        yield "thank you"
        yield "you idiot"
        raise LookupError("the connection is gone")

    verdicts = classifier.score_iter(broken())
    assert [next(verdicts).label, next(verdicts).label] == ["neutral", "abusive"]
    with pytest.raises(LookupError, match="the connection is gone"):
        next(verdicts)
    assert list(verdicts) == []
    for method in (classifier.predict, classifier.decide):
        with pytest.raises(LookupError):
            method(broken())
    verdicts = classifier.score_iter(["thank you", 7, "you idiot"])
    assert next(verdicts).label == "neutral"
    with pytest.raises(TypeError, match=r"comments\[1\]"):
        next(verdicts)


def test_an_iterator_that_asks_its_own_verdicts(classifier):
    def circular():
        yield "thank you"
        yield str(next(verdicts))

    verdicts = classifier.score_iter(circular())
    assert next(verdicts).label == "neutral"
    with pytest.raises((RuntimeError, ValueError)):
        list(verdicts)


def test_threads_share_a_classifier(classifier):
    comments = recombined(2_000)
    expected = classifier.decide(comments)
    found = [None] * 8

    def work(place):
        found[place] = classifier.decide(comments)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(of == expected for of in found)


def labels_of(work):
    classifier, comments = work
    return list(classifier.predict(comments))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(classifier, method):
    comments = recombined(4_000)
    expected = list(classifier.predict(comments))  # the threads of this process have begun
    with multiprocessing.get_context(method).Pool(2) as pool:
        halves = pool.map_async(labels_of, [(classifier, comments[:2_000]), (classifier, comments[2_000:])])
        first, second = halves.get(timeout=60)
    assert first + second == expected


def test_a_forked_process_scores(classifier):
    comments = recombined(4_000)
    classifier.predict(comments)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        os._exit(0 if len(classifier.predict(comments)) == 4_000 else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_pickling(classifier, tmp_path):
    assert len(pickle.dumps(classifier)) < 1_000, "the shipped model is not copied"
    model = tmp_path / "mine.naqd"
    model.write_bytes((naqd_root() / "models/default.naqd").read_bytes())
    own = naqd.Classifier(model, html="no", threads=1)
    data = pickle.dumps(own)
    model.unlink()
    for twin in (pickle.loads(data), copy.deepcopy(own), pickle.loads(pickle.dumps(classifier))):
        assert twin.decide("you idiot") == classifier.decide("you idiot")
    verdict = classifier.explain("you idiot 😀")
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    version, *rest = classifier.__getstate__()
    twin = naqd.Classifier.__new__(naqd.Classifier)
    with pytest.raises(ValueError, match="pickled with the model of naqd 0.0.1"):
        twin.__setstate__(("0.0.1", *rest))


def naqd_root():
    from conftest import ROOT

    return ROOT


@pytest.mark.parametrize(
    "work",
    [
        "naqd.Classifier(threads=1).predict(itertools.repeat('you idiot ' * 50))",
        "[*naqd.Classifier().score_iter(itertools.repeat('you idiot ' * 50))]",
        "naqd.train(f'{ROOT}/data/comments.csv', base=None)",
    ],
)
def test_ctrl_c_is_heard(work):
    from conftest import ROOT

    code = f"""
        import itertools, threading, os, signal, time, naqd
        ROOT = {str(ROOT)!r}
        threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        start = time.monotonic()
        try:
            {work}
        except KeyboardInterrupt:
            print("stopped", flush=True)
            os._exit(0 if time.monotonic() - start < 10 else 3)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, b"stopped\n"), done.stderr.decode()
